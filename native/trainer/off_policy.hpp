#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "replay/replay_buffer.hpp"

namespace gflownet {

// Objects of the user's, with their rewards, that training goes back from: src/trainer/off-policy.ts.
struct Dataset {
  std::vector<int32_t> terminalState;  // [count x stateSize]
  std::vector<double> logReward;       // [count] at beta = 1
};

// Local search (Kim et al. 2024, "Local Search GFlowNets"): from an object, back by P_B and forward again by P_F.
struct LocalSearchOptions {
  enum class Acceptance { metropolis, barker, greedy };
  int trajectories = 0;  // searched from, and added to the batch
  int rounds = 1;
  double backRatio = 0.5;  // largest part of the transitions that a round undoes
  Acceptance acceptance = Acceptance::metropolis;
};

// What a batch holds beside the trajectories that the policy draws.
struct OffPolicyOptions {
  int replayed = 0;  // trajectories to objects of the replay buffer
  std::optional<ReplayOptions> replay;
  int fromDataset = 0;
  std::shared_ptr<const Dataset> dataset;
  LocalSearchOptions localSearch;
  int rewardDelay = 0;  // batches whose rewards may be under way
};

}  // namespace gflownet
