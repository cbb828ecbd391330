#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gflownet {

// Trajectories by their forward actions.
struct RecordedTrajectories {
  std::vector<int32_t> offset{0};  // [count + 1]
  std::vector<int32_t> action;     // [offset.back()]

  int count() const { return static_cast<int>(offset.size()) - 1; }

  std::span<const int32_t> actions(int trajectory) const {
    return std::span(action).subspan(static_cast<size_t>(offset[trajectory]),
                                     static_cast<size_t>(offset[trajectory + 1] - offset[trajectory]));
  }

  void append(std::span<const int32_t> actions) {
    action.insert(action.end(), actions.begin(), actions.end());
    offset.push_back(static_cast<int32_t>(action.size()));
  }

  void append(const RecordedTrajectories& others) {
    for (int b = 0; b < others.count(); b++) append(others.actions(b));
  }
};

}  // namespace gflownet
