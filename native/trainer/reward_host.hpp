#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace gflownet {

// log R of terminal states on its way.
class RewardQuestion {
 public:
  virtual ~RewardQuestion() = default;
  // Waits. [count] at beta = 1. Throws what the reward failed with, or ERR_DISPOSED.
  virtual std::vector<double> wait() = 0;
};

// A reward outside native code.
class RewardHost {
 public:
  virtual ~RewardHost() = default;
  // terminalStates: [count x stateSize].
  virtual std::unique_ptr<RewardQuestion> ask(std::vector<int32_t> terminalStates, int count) = 0;
};

}  // namespace gflownet
