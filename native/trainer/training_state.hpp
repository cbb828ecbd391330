#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace gflownet {

// What a composer of batches depends on: src/trainer/training-state.ts.
struct OffPolicyState {
  // The replay buffer.
  std::vector<int32_t> replayTerminalState;  // [size x stateSize]
  std::vector<double> replayLogReward;       // [size]
  std::vector<double> replayAge;             // [size + 1] when each was added; how many have been
  // Batches sampled ahead: their recorded trajectories, of which the first ones were drawn for them.
  std::vector<int32_t> aheadDrawn;          // [batches]
  std::vector<int32_t> aheadRecorded;       // [batches]
  std::vector<int32_t> aheadLength;         // [trajectories]
  std::vector<int32_t> aheadAction;         // [transitions]
  std::vector<double> aheadLogReward;       // [trajectories] NaN: not known
  std::vector<int32_t> aheadFresh;          // [trajectories] 1: built for its batch
  std::vector<int32_t> aheadTerminalState;  // [drawn x stateSize]
  std::vector<int32_t> aheadCondition;      // [trajectories x conditionSize]
};

// What the next step depends on, after one exact step: src/trainer/training-state.ts.
struct TrainingState {
  int64_t steps = 0;
  int64_t visits = 0;
  std::vector<float> parameters;  // [P]
  std::vector<float> mean;        // [P] first moment of Adam
  std::vector<float> square;      // [P] second moment of Adam
  std::array<double, 3> logZ{};   // value, first and second moment
  OffPolicyState offPolicy;
};

}  // namespace gflownet
