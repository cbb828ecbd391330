#include "addon/javascript_reward.hpp"

#include <string>

#include "addon/convert.hpp"

namespace gflownet {
namespace {

class Scores final : public RewardQuestion {
 public:
  Scores(std::shared_ptr<JavaScriptReward::Call> call, std::shared_ptr<JavaScriptReward::Call::Question> question)
      : call_(std::move(call)), question_(std::move(question)) {}

  bool answered() const override { return question_->answered && !question_->failure; }
  std::vector<double> wait() override { return call_->wait(*question_); }

 private:
  std::shared_ptr<JavaScriptReward::Call> call_;
  std::shared_ptr<JavaScriptReward::Call::Question> question_;
};

}  // namespace

std::unique_ptr<RewardQuestion> JavaScriptReward::ask(std::vector<int32_t> terminalStates, int count) {
  const auto arguments = [states = std::move(terminalStates)](Napi::Env env) -> std::vector<napi_value> {
    return {toJsArray<Napi::Int32Array>(env, states)};
  };
  const auto convert = [count](const Napi::Object& scores) {
    auto logReward = toVector<double, Napi::Float64Array>(scores);
    if (logReward.size() == static_cast<size_t>(count)) return logReward;
    throw Error("ERR_INTERNAL",
                "the reward gave " + std::to_string(logReward.size()) + " numbers, expected " + std::to_string(count));
  };
  return std::make_unique<Scores>(call_, call_->ask(arguments, convert));
}

}  // namespace gflownet
