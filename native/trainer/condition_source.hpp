#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "trainer/condition_host.hpp"

namespace gflownet {

// Conditions by seed and number, asked for in blocks and one block ahead: the host is another thread, which a step
// should not wait for.
class ConditionSource {
 public:
  ConditionSource(std::shared_ptr<ConditionHost> host, int conditionSize)
      : host_(std::move(host)), size_(static_cast<size_t>(conditionSize)) {}

  // [conditionSize]; valid until the next call.
  std::span<const int32_t> at(uint64_t seed, uint64_t number) {
    const uint64_t block = number / kBlock;
    if (!current_.values.empty() && current_.seed == seed && current_.block == block) return find(number);
    if (!ahead_.question || ahead_.seed != seed || ahead_.block != block) ahead_ = ask(seed, block);
    // A question that failed is asked again by the next step.
    const Ahead answered = std::exchange(ahead_, {});
    current_ = {seed, block, answered.question->wait()};
    ahead_ = ask(seed, block + 1);
    return find(number);
  }

 private:
  static constexpr uint64_t kBlock = 1024;

  struct Block {
    uint64_t seed = 0;
    uint64_t block = 0;
    std::vector<int32_t> values;  // [kBlock x conditionSize]
  };
  struct Ahead {
    uint64_t seed = 0;
    uint64_t block = 0;
    std::shared_ptr<ConditionQuestion> question;
  };

  Ahead ask(uint64_t seed, uint64_t block) {
    return {seed, block, host_->ask(seed, block * kBlock, static_cast<int>(kBlock))};
  }

  std::span<const int32_t> find(uint64_t number) const {
    return std::span(current_.values).subspan(number % kBlock * size_, size_);
  }

  std::shared_ptr<ConditionHost> host_;
  size_t size_;
  Block current_;
  Ahead ahead_;
};

}  // namespace gflownet
