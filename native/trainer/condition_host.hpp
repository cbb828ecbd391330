#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace gflownet {

// Conditions on their way.
class ConditionQuestion {
 public:
  virtual ~ConditionQuestion() = default;
  // Waits. [count x conditionSize] bits of float32. Throws what drawing failed with, or ERR_DISPOSED.
  virtual std::vector<int32_t> wait() = 0;
};

// What draws the conditions of trajectories, outside native code: they depend on nothing but seed and number.
class ConditionHost {
 public:
  virtual ~ConditionHost() = default;
  // Conditions number `first` on.
  virtual std::unique_ptr<ConditionQuestion> ask(uint64_t seed, uint64_t first, int count) = 0;
};

}  // namespace gflownet
