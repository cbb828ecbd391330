#pragma once

#include <memory>
#include <utility>

#include "addon/javascript_call.hpp"
#include "trainer/reward_host.hpp"

namespace gflownet {

// A reward that JavaScript computes: src/reward/reward-scorer.ts answers (terminalStates).
class JavaScriptReward final : public RewardHost {
 public:
  using Call = JavaScriptCall<std::vector<double>>;

  explicit JavaScriptReward(std::shared_ptr<Call> call) : call_(std::move(call)) {}

  // Sampled objects are scored on the JavaScript thread: a slow reward does not hold up training.
  bool isImmediate() const override { return false; }
  std::unique_ptr<RewardQuestion> ask(std::vector<int32_t> terminalStates, int count) override;

 private:
  std::shared_ptr<Call> call_;
};

}  // namespace gflownet
