#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "sampler/recorded_trajectories.hpp"

namespace gflownet {

// What a training batch is made of: trajectories that the policy draws, then recorded ones.
struct BatchPlan {
  int forward = 0;
  uint64_t firstTrajectory = 0;  // number of the first that is drawn
  int conditionSize = 0;
  std::vector<int32_t> condition;  // [forward x conditionSize]
  RecordedTrajectories recorded;
  std::vector<double> logReward;  // [recorded] NaN: not known yet
  std::vector<uint8_t> fresh;     // [recorded] 1: an object that was built for this batch

  int trajectories() const { return forward + recorded.count(); }
  bool isFresh(int trajectory) const { return trajectory < forward || fresh[trajectory - forward] != 0; }
  // NaN where it must still be asked for.
  double knownLogReward(int trajectory) const {
    return trajectory < forward ? std::numeric_limits<double>::quiet_NaN() : logReward[trajectory - forward];
  }

  // [conditionSize]
  std::span<const int32_t> conditionOf(int trajectory) const {
    const bool drawn = trajectory < forward;
    const auto number = static_cast<size_t>(drawn ? trajectory : trajectory - forward);
    const auto size = static_cast<size_t>(conditionSize);
    return std::span(drawn ? condition : recorded.condition).subspan(number * size, size);
  }

  void append(std::span<const int32_t> actions, std::span<const int32_t> ofCondition, double reward, bool isNew) {
    recorded.append(actions, ofCondition);
    logReward.push_back(reward);
    fresh.push_back(isNew ? 1 : 0);
  }
};

}  // namespace gflownet
