#pragma once

#include <memory>
#include <utility>

#include "addon/javascript_call.hpp"
#include "trainer/condition_host.hpp"

namespace gflownet {

// Conditions that JavaScript draws: src/condition/condition-source.ts answers (seed, first, count).
class JavaScriptConditions final : public ConditionHost {
 public:
  using Call = JavaScriptCall<std::vector<int32_t>>;

  JavaScriptConditions(std::shared_ptr<Call> call, int conditionSize)
      : call_(std::move(call)), conditionSize_(static_cast<size_t>(conditionSize)) {}

  std::unique_ptr<ConditionQuestion> ask(uint64_t seed, uint64_t first, int count) override;

 private:
  std::shared_ptr<Call> call_;
  size_t conditionSize_;
};

}  // namespace gflownet
