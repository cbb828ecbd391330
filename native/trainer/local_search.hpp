#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "trainer/off_policy.hpp"
#include "trainer/trajectory_sampler.hpp"

namespace gflownet {

// log R at beta = 1 of terminal states [count x stateSize].
using ScoreObjects = std::function<std::vector<double>(const Trajectories& trajectories)>;

struct LocalSearchRequest {
  LocalSearchOptions options;
  uint64_t seed;
  uint64_t firstTrajectory;
  double beta;
  double exploration;
  double temperature;
  std::span<const int32_t> condition;  // [trajectories x conditionSize]
};

// Trajectory numbers that one search uses.
inline uint64_t numbersOfSearch(const LocalSearchOptions& options) {
  return static_cast<uint64_t>(options.trajectories) * (1 + 3 * static_cast<uint64_t>(options.rounds));
}

struct LocalSearchResult {
  Trajectories accepted;  // where the search ended
  // Every object that was scored: [count x stateSize], [count].
  std::vector<int32_t> terminalState;
  std::vector<double> logReward;
};

// Draws trajectories and improves each of them, round by round: src/trainer/off-policy.ts says how.
LocalSearchResult searchLocally(TrajectorySampler& sampler, const LocalSearchRequest& request,
                                const ScoreObjects& score);

}  // namespace gflownet
