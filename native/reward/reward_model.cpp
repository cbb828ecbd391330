#include "reward/reward_model.hpp"

#include <cstring>
#include <string>
#include <utility>

#include "error.hpp"

namespace gflownet {
namespace {

// Rows of a call of the runtime: enough for a product near its peak, and to share a batch out.
constexpr int kBlock = 128;

Session sessionOf(const Runtime& runtime, const std::vector<uint8_t>& model) {
  try {
    return {runtime, model};
  } catch (const Error& error) {
    throw Error("ERR_MODEL_FILE", std::string("reward.onnx: ONNX Runtime does not take the file: ") + error.what());
  }
}

}  // namespace

RewardModel::RewardModel(const Runtime& runtime, RewardGraph graph, ThreadPool& pool)
    : graph_(std::move(graph)),
      session_(sessionOf(runtime, graph_.model)),
      pool_(&pool),
      output_(graph_.output.rowBytes()) {
  graph_.model = {};  // the session has its own
  inputs_.reserve(graph_.inputs.size());
  for (const RewardInput& input : graph_.inputs) inputs_.emplace_back(input.tensor.tensor.rowBytes());
  for (int worker = 0; worker < pool.threads(); worker++) bindings_.emplace_back(session_);
}

std::vector<double> RewardModel::score(std::span<const int32_t> integers, int count) {
  const auto rows = static_cast<size_t>(count) + 1;  // one more: a block of one row runs as two
  for (RowBuffer& buffer : inputs_) buffer.reserve(rows);
  output_.reserve(rows);
  const size_t width = count == 0 ? 0 : integers.size() / static_cast<size_t>(count);
  pool_->forEachRange(count, kBlock, [&](int first, int last, int worker) {
    for (int row = first; row < last; row++) {
      const int32_t* object = integers.data() + static_cast<size_t>(row) * width;
      for (size_t i = 0; i < inputs_.size(); i++) {
        graph_.inputs[i].tensor.write(object + graph_.inputs[i].first, inputs_[i].row<uint8_t>(row));
      }
    }
    run(worker, first, last);
  });
  std::vector<double> scores(static_cast<size_t>(count));
  for (int row = 0; row < count; row++) scores[row] = scoreOf(row);
  return scores;
}

// Only the last block can have one row: the row after it belongs to no other.
void RewardModel::run(int worker, int first, int last) {
  if (last - first == 1) {
    for (RowBuffer& buffer : inputs_) {
      std::memcpy(buffer.row<uint8_t>(last), buffer.row<uint8_t>(first), buffer.rowBytes());
    }
    last++;
  }
  const int rows = last - first;
  Binding& binding = bindings_[worker];
  try {
    for (size_t i = 0; i < inputs_.size(); i++) {
      const RowTensor& tensor = graph_.inputs[i].tensor.tensor;
      binding.input(tensor.name, inputs_[i].row<uint8_t>(first), rows * inputs_[i].rowBytes(), tensor.shapeOf(rows),
                    tensor.type);
    }
    const RowTensor& output = graph_.output;
    binding.output(output.name, output_.row<uint8_t>(first), rows * output_.rowBytes(), output.shapeOf(rows),
                   output.type);
    binding.run();
  } catch (const Error& error) {
    throw Error("ERR_REWARD", "reward.onnx: the graph failed on " + std::to_string(rows) + " rows: " + error.what());
  }
}

double RewardModel::scoreOf(int row) const {
  if (graph_.output.type == ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE) return *output_.row<double>(row);
  return *output_.row<float>(row);
}

}  // namespace gflownet
