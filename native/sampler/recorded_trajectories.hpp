#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gflownet {

// Trajectories by their forward actions, and their conditions.
struct RecordedTrajectories {
  std::vector<int32_t> offset{0};  // [count + 1]
  std::vector<int32_t> action;     // [offset.back()]
  std::vector<int32_t> condition;  // [count x conditionSize]

  int count() const { return static_cast<int>(offset.size()) - 1; }

  std::span<const int32_t> actions(int trajectory) const {
    return std::span(action).subspan(static_cast<size_t>(offset[trajectory]),
                                     static_cast<size_t>(offset[trajectory + 1] - offset[trajectory]));
  }

  void append(std::span<const int32_t> actions, std::span<const int32_t> ofCondition) {
    action.insert(action.end(), actions.begin(), actions.end());
    offset.push_back(static_cast<int32_t>(action.size()));
    condition.insert(condition.end(), ofCondition.begin(), ofCondition.end());
  }
};

}  // namespace gflownet
