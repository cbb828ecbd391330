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
  // Whether wait() has scores at once.
  virtual bool answered() const = 0;
  // Waits. [count] at beta = 1. Throws what the reward failed with, or ERR_DISPOSED.
  virtual std::vector<double> wait() = 0;
};

// A reward that takes the place of the environment's.
class RewardHost {
 public:
  virtual ~RewardHost() = default;
  // Whether it answers at once, without JavaScript: objects that are sampled outside of training have its rewards too.
  virtual bool isImmediate() const = 0;
  // terminalStates: [count x stateSize].
  virtual std::unique_ptr<RewardQuestion> ask(std::vector<int32_t> terminalStates, int count) = 0;
};

}  // namespace gflownet
