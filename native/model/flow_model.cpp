#include "model/flow_model.hpp"

#include <algorithm>
#include <cstring>

#include "error.hpp"

namespace gflownet {
namespace {

// A block of a forward call: half of this up to this, so that a product runs near its peak and a call of a batch that
// is worth sharing makes two blocks at least.
constexpr int kForwardBlock = 96;
constexpr int kSharedForwardRows = 32;
// A block of a backward call, which has to pay for a gradient of its own.
constexpr int kGradientBlock = 320;
constexpr int kSharedGradientRows = 128;
// Blocks whose gradients are held at once, and the bytes that those of a large model may take.
constexpr size_t kBlocksAtOnce = 16;
constexpr size_t kBlockGradientBytes = size_t{1} << 26U;
// Parameters that one thread adds up at a time.
constexpr int kParameterRange = 8192;

std::vector<RowBuffer> buffersFor(const std::vector<RowTensor>& tensors) {
  std::vector<RowBuffer> buffers;
  buffers.reserve(tensors.size());
  for (const RowTensor& tensor : tensors) buffers.emplace_back(tensor.rowBytes());
  return buffers;
}

std::vector<RowBuffer> buffersFor(const std::vector<ObservationTensor>& observations) {
  std::vector<RowBuffer> buffers;
  buffers.reserve(observations.size());
  for (const ObservationTensor& observation : observations) buffers.emplace_back(observation.tensor.rowBytes());
  return buffers;
}

int indexOf(const std::vector<RowTensor>& tensors, const char* name) {
  for (size_t i = 0; i < tensors.size(); i++) {
    if (tensors[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

int blocksAtOnce(size_t parameters, int threads) {
  const size_t fit = kBlockGradientBytes / (sizeof(float) * std::max<size_t>(parameters, 1));
  const size_t least = std::min(static_cast<size_t>(threads), kBlocksAtOnce);
  return static_cast<int>(std::clamp(fit, least, kBlocksAtOnce));
}

int blocks(int rows, int size) {
  return (rows + size - 1) / size;
}

}  // namespace

FlowModel::FlowModel(const Runtime& runtime, DifferentiatedModel model, const std::vector<float>& parameters,
                     ThreadPool& pool)
    : model_(std::move(model)),
      forward_(runtime, model_.forward),
      gradientSession_(runtime, model_.gradient),
      pool_(&pool),
      parameters_(parameters),
      gradient_(model_.parameterCount, 0.0F),
      blocksAtOnce_(blocksAtOnce(model_.parameterCount, pool.threads())),
      rowBuffers_(buffersOf(model_)),
      ahead_(buffersOf(model_)),
      outputGradients_(buffersFor(model_.outputs)),
      forwardLogits_(indexOf(model_.outputs, "forward_logits")),
      backwardLogits_(indexOf(model_.outputs, "backward_logits")),
      stateFlow_(indexOf(model_.outputs, "log_state_flow")) {
  if (forwardLogits_ < 0) throw Error("ERR_MODEL_ENVIRONMENT", "the model has no output forward_logits");
  actions_ = static_cast<int>(model_.outputs[forwardLogits_].rowElements());
  if (backwardLogits_ >= 0) backwardActions_ = static_cast<int>(model_.outputs[backwardLogits_].rowElements());
  for (int worker = 0; worker < pool.threads(); worker++) {
    forwardBindings_.emplace_back(forward_);
    gradientBindings_.emplace_back(gradientSession_);
    bindParameters(forwardBindings_.back(), false);
    bindParameters(gradientBindings_.back(), true);
  }
}

void FlowModel::bindParameters(Binding& binding, bool gradientGraph) {
  for (const ParameterSlot& slot : model_.parameters) {
    if (gradientGraph && !gradientTakes(slot.name)) continue;
    binding.input(slot.name, parameters_.data() + slot.offset, slot.size * sizeof(float), slot.shape,
                  ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT);
  }
}

bool FlowModel::gradientTakes(const std::string& name) const {
  return std::find(model_.gradientInputs.begin(), model_.gradientInputs.end(), name) != model_.gradientInputs.end();
}

size_t FlowModel::rowBytes() const {
  size_t bytes = 0;
  for (const RowBuffer& buffer : rowBuffers_.observations) bytes += buffer.rowBytes();
  for (const RowBuffer& buffer : rowBuffers_.outputs) bytes += 2 * buffer.rowBytes();
  for (const RowBuffer& buffer : rowBuffers_.kept) bytes += buffer.rowBytes();
  return bytes;
}

FlowModel::Blocks FlowModel::forwardBlocks(int rows) {
  return {rows, rows < kSharedForwardRows ? 1 : 2 * std::max(1, rows / kForwardBlock)};
}

FlowModel::Blocks FlowModel::gradientBlocks(int rows) {
  return {rows, rows < kSharedGradientRows ? 1 : 2 * blocks(rows, 2 * kGradientBlock)};
}

FlowModel::Buffers FlowModel::buffersOf(const DifferentiatedModel& model) {
  return {buffersFor(model.observations), buffersFor(model.outputs), buffersFor(model.kept)};
}

void FlowModel::Buffers::reserve(int rows) {
  const auto count = static_cast<size_t>(rows) + 1;  // one more: a call of one row runs as two
  for (RowBuffer& buffer : observations) buffer.reserve(count);
  for (RowBuffer& buffer : outputs) buffer.reserve(count);
  for (RowBuffer& buffer : kept) buffer.reserve(count);
}

void FlowModel::extend(int count) {
  rows_ += count;
  rowBuffers_.reserve(rows_);
}

void FlowModel::takeAhead(int number, int row) {
  const auto take = [&](std::vector<RowBuffer>& to, const std::vector<RowBuffer>& from) {
    for (size_t i = 0; i < to.size(); i++) {
      std::memcpy(to[i].row<uint8_t>(row), from[i].row<uint8_t>(number), to[i].rowBytes());
    }
  };
  take(rowBuffers_.outputs, ahead_.outputs);
  take(rowBuffers_.kept, ahead_.kept);
}

void FlowModel::write(Buffers& buffers, int row, const int32_t* observation) {
  for (size_t i = 0; i < buffers.observations.size(); i++) {
    model_.observations[i].write(observation, buffers.observations[i].row<uint8_t>(row));
    observation += model_.observations[i].width;
  }
}

void FlowModel::bindObservation(Binding& binding, Buffers& buffers, size_t number, int first, int rows) {
  const RowTensor& tensor = model_.observations[number].tensor;
  RowBuffer& buffer = buffers.observations[number];
  binding.input(tensor.name, buffer.row<uint8_t>(first), rows * buffer.rowBytes(), tensor.shapeOf(rows), tensor.type);
}

void FlowModel::runForward(Binding& binding, Buffers& buffers, int first, int last) {
  if (last - first == 1) {
    // One row alone takes another code path than the same row among others, and is not bit-equal: run it twice.
    for (RowBuffer& buffer : buffers.observations) {
      std::memcpy(buffer.row<uint8_t>(last), buffer.row<uint8_t>(first), buffer.rowBytes());
    }
    last++;
  }
  const int rows = last - first;
  for (size_t i = 0; i < buffers.observations.size(); i++) bindObservation(binding, buffers, i, first, rows);
  const auto bindOutputs = [&](const std::vector<RowTensor>& tensors, std::vector<RowBuffer>& to) {
    for (size_t i = 0; i < to.size(); i++) {
      binding.output(tensors[i].name, to[i].row<uint8_t>(first), rows * to[i].rowBytes(), tensors[i].shapeOf(rows),
                     tensors[i].type);
    }
  };
  bindOutputs(model_.outputs, buffers.outputs);
  bindOutputs(model_.kept, buffers.kept);
  binding.run();
}

void FlowModel::beginBackward(int blocks) {
  for (RowBuffer& buffer : outputGradients_) buffer.reserve(static_cast<size_t>(rows_));
  const auto atOnce = static_cast<size_t>(std::min(blocks, blocksAtOnce_));
  while (blockGradients_.size() < atOnce) blockGradients_.emplace_back(model_.parameterCount, 0.0F);
}

// The first block of a sum writes it in place.
float* FlowModel::blockGradient(int index) {
  return gradientEmpty_ && index == 0 ? gradient_.data() : blockGradients_[index].data();
}

void FlowModel::addBlockGradients(int count) {
  const int first = gradientEmpty_ ? 1 : 0;
  gradientEmpty_ = false;
  if (first == count) return;
  pool_->forEachRange(static_cast<int>(gradient_.size()), kParameterRange, [&](int from, int to, int /*worker*/) {
    for (int index = first; index < count; index++) {
      const float* block = blockGradients_[index].data();
      for (int i = from; i < to; i++) gradient_[i] += block[i];
    }
  });
}

void FlowModel::runGradient(Binding& binding, int first, int last, float* gradient) {
  const int rows = last - first;
  for (size_t i = 0; i < model_.observations.size(); i++) {
    if (gradientTakes(model_.observations[i].tensor.name)) bindObservation(binding, rowBuffers_, i, first, rows);
  }
  std::vector<RowBuffer>& kept = rowBuffers_.kept;
  for (size_t i = 0; i < kept.size(); i++) {
    binding.input(model_.kept[i].name, kept[i].row<uint8_t>(first), rows * kept[i].rowBytes(),
                  model_.kept[i].shapeOf(rows), model_.kept[i].type);
  }
  for (size_t i = 0; i < model_.outputs.size(); i++) {
    const std::string name = "gradient_of_" + model_.outputs[i].name;
    if (!gradientTakes(name)) continue;
    binding.input(name, outputGradients_[i].row<uint8_t>(first), rows * outputGradients_[i].rowBytes(),
                  model_.outputs[i].shapeOf(rows), model_.outputs[i].type);
  }
  for (const ParameterSlot& slot : model_.parameters) {
    binding.output("gradient_of_" + slot.name, gradient + slot.offset, slot.size * sizeof(float), slot.shape,
                   ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT);
  }
  binding.run();
}

}  // namespace gflownet
