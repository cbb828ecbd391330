#include "addon/javascript_conditions.hpp"

#include <string>

#include "addon/convert.hpp"

namespace gflownet {
namespace {

class Conditions final : public ConditionQuestion {
 public:
  Conditions(std::shared_ptr<JavaScriptConditions::Call> call,
             std::shared_ptr<JavaScriptConditions::Call::Question> question)
      : call_(std::move(call)), question_(std::move(question)) {}

  std::vector<int32_t> wait() override { return call_->wait(*question_); }

 private:
  std::shared_ptr<JavaScriptConditions::Call> call_;
  std::shared_ptr<JavaScriptConditions::Call::Question> question_;
};

}  // namespace

std::unique_ptr<ConditionQuestion> JavaScriptConditions::ask(uint64_t seed, uint64_t first, int count) {
  const auto arguments = [=](Napi::Env env) -> std::vector<napi_value> {
    return {Napi::Number::New(env, static_cast<double>(seed)), Napi::Number::New(env, static_cast<double>(first)),
            Napi::Number::New(env, count)};
  };
  const auto convert = [size = static_cast<size_t>(count) * conditionSize_](const Napi::Object& drawn) {
    auto conditions = toVector<int32_t, Napi::Int32Array>(drawn);
    if (conditions.size() == size) return conditions;
    throw Error("ERR_INTERNAL", "there are " + std::to_string(conditions.size()) + " numbers of conditions, expected " +
                                    std::to_string(size));
  };
  return std::make_unique<Conditions>(call_, call_->ask(arguments, convert));
}

}  // namespace gflownet
