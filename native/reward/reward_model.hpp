#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "device/row_buffer.hpp"
#include "device/thread_pool.hpp"
#include "model/row_tensor.hpp"
#include "model/session.hpp"

namespace gflownet {

// An input of a reward's graph, and where its integers begin among those of an object.
struct RewardInput {
  ObservationTensor tensor;
  int first;
};

// A graph that scores objects: src/reward/reward-file.ts.
struct RewardGraph {
  std::vector<uint8_t> model;
  std::vector<RewardInput> inputs;
  RowTensor output;  // one float32 or float64 number a row
};

// An ONNX graph that scores objects, in blocks on all threads. A block is the same whatever their number, and so are
// the scores.
class RewardModel {
 public:
  // Throws ERR_MODEL_FILE for a graph that ONNX Runtime does not take.
  RewardModel(const Runtime& runtime, RewardGraph graph, ThreadPool& pool);

  // Objects of one call at most.
  static constexpr int kRowsAtOnce = 1024;
  // Scores of `count` objects: [count x integers of each]. Throws ERR_REWARD when the graph fails.
  std::vector<double> score(std::span<const int32_t> integers, int count);

 private:
  void run(int worker, int first, int last);
  double scoreOf(int row) const;

  RewardGraph graph_;
  Session session_;
  ThreadPool* pool_;
  std::vector<Binding> bindings_;  // one a worker
  std::vector<RowBuffer> inputs_;
  RowBuffer output_;
};

}  // namespace gflownet
