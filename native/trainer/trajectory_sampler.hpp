#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sampler/sampler.hpp"
#include "trainer/batch_terms.hpp"
#include "trainer/memory_budget.hpp"

namespace gflownet {

// Trajectories with their log-probabilities under the unperturbed policy.
struct Trajectories {
  int count = 0;
  std::vector<int32_t> offset{0};
  std::vector<int32_t> forwardAction;
  std::vector<int32_t> terminalState;
  std::vector<int32_t> condition;  // [N x conditionSize] the end of each terminal state
  std::vector<double> logReward;
  std::vector<double> logPf;  // [N] sum over the trajectory
  std::vector<double> logPb;  // [N]

  std::span<const int32_t> actions(int trajectory) const {
    return std::span(forwardAction)
        .subspan(static_cast<size_t>(offset[trajectory]),
                 static_cast<size_t>(offset[trajectory + 1] - offset[trajectory]));
  }

  std::span<const int32_t> conditionOf(int trajectory) const {
    const size_t size = condition.size() / static_cast<size_t>(count);
    return std::span(condition).subspan(static_cast<size_t>(trajectory) * size, size);
  }
};

// One of several states: [count x stateSize].
inline std::span<const int32_t> stateOf(const std::vector<int32_t>& states, size_t number, size_t stateSize) {
  return std::span(states).subspan(number * stateSize, stateSize);
}

// Draws trajectories outside of the loss, as many at a time as fit the memory.
class TrajectorySampler {
 public:
  TrajectorySampler(Sampler& sampler, FlowModel& model, const MemoryBudget& memory)
      : sampler_(sampler), model_(model), memory_(memory), terms_(model) {}

  // Trajectory i is number request.firstTrajectory + i. maximumRows of the requests is not used.
  Trajectories forward(const ForwardRequest& request);
  // One trajectory to each terminal state.
  Trajectories backward(const BackwardRequest& request);

 private:
  // Calls `sample(first, count, maximumRows)`, which returns false if it does not fit, until all are sampled.
  void inChunks(int count, const std::function<bool(int first, int count, int maximumRows)>& sample);
  void append(Trajectories& all);

  // Most trajectories drawn at once, and the bytes that their rows may take: more make nothing faster.
  static constexpr int kMostAtOnce = 4096;
  static constexpr size_t kBytesAtOnce = size_t{1} << 30U;

  Sampler& sampler_;
  FlowModel& model_;
  MemoryBudget memory_;
  int chunk_ = kMostAtOnce;  // kept from call to call, so that it is not searched for each time
  PackedBatch batch_;
  BatchTerms terms_;
  TrajectoryTerms trajectoryTerms_;
};

}  // namespace gflownet
