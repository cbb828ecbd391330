#include "trainer/onnx_reward.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>

#include "error.hpp"

namespace gflownet {
namespace {

// An answer that is there, or what failed.
class Answered final : public RewardQuestion {
 public:
  std::vector<double> logReward;
  std::exception_ptr failure;

  bool answered() const override { return !failure; }
  std::vector<double> wait() override {
    if (failure) std::rethrow_exception(failure);
    return std::move(logReward);
  }
};

}  // namespace

OnnxReward::OnnxReward(Sampler& sampler, std::unique_ptr<RewardModel> model, RewardTransform transform, size_t cache,
                       size_t scoredSize)
    : sampler_(sampler), model_(std::move(model)), transform_(transform), scoredSize_(scoredSize) {
  if (cache > 0) cache_.emplace(cache);
}

std::unique_ptr<RewardQuestion> OnnxReward::ask(std::vector<int32_t> terminalStates, int count) {
  auto answer = std::make_unique<Answered>();
  try {
    answer->logReward = score(terminalStates, count);
  } catch (...) {
    answer->failure = std::current_exception();
  }
  return answer;
}

std::vector<double> OnnxReward::score(std::span<const int32_t> terminalStates, int count) {
  const auto stateSize = static_cast<size_t>(sampler_.stateSize());
  std::vector<double> all;
  all.reserve(static_cast<size_t>(count));
  for (int first = 0; first < count; first += RewardModel::kRowsAtOnce) {
    const int some = std::min(RewardModel::kRowsAtOnce, count - first);
    const auto states = terminalStates.subspan(first * stateSize, some * stateSize);
    const std::vector<double> logReward = cache_ ? scoreOnce(*cache_, states, some) : scoreAll(states, some);
    for (int i = 0; i < some; i++) {
      all.push_back(sampler_.conditionedLogReward(logReward[i], states.subspan(i * stateSize, stateSize)));
    }
  }
  return all;
}

std::vector<double> OnnxReward::scoreAll(std::span<const int32_t> terminalStates, int count) {
  const auto stateSize = static_cast<size_t>(sampler_.stateSize());
  const auto width = static_cast<size_t>(sampler_.observationWidth());
  const std::vector<int32_t> observation = sampler_.observe(terminalStates);
  std::vector<int32_t> integers;
  integers.reserve(observation.size() + terminalStates.size());
  for (int i = 0; i < count; i++) {
    const auto seen = std::span(observation).subspan(i * width, width);
    const auto state = terminalStates.subspan(i * stateSize, stateSize);
    integers.insert(integers.end(), seen.begin(), seen.end());
    integers.insert(integers.end(), state.begin(), state.end());
  }
  std::vector<double> logReward = model_->score(integers, count);
  for (int i = 0; i < count; i++) {
    logReward[i] = this->logReward(logReward[i], terminalStates.subspan(i * stateSize, stateSize));
  }
  return logReward;
}

// Asks about the objects that are not remembered, each once.
std::vector<double> OnnxReward::scoreOnce(ScoreCache& cache, std::span<const int32_t> terminalStates, int count) {
  const auto stateSize = static_cast<size_t>(sampler_.stateSize());
  std::vector<double> logReward(static_cast<size_t>(count));
  std::vector<std::string> names;
  std::unordered_map<std::string, std::vector<int>> unknown;  // where each object is that must be asked about
  std::vector<int32_t> asked;
  for (int i = 0; i < count; i++) {
    const auto state = terminalStates.subspan(i * stateSize, stateSize);
    std::string name(reinterpret_cast<const char*>(state.data()), state.first(scoredSize_).size_bytes());
    if (const double* known = cache.find(name)) {
      logReward[i] = *known;
      continue;
    }
    std::vector<int>& places = unknown[name];
    if (places.empty()) {
      asked.insert(asked.end(), state.begin(), state.end());
      names.push_back(std::move(name));
    }
    places.push_back(i);
  }
  const std::vector<double> answers = scoreAll(asked, static_cast<int>(names.size()));
  for (size_t k = 0; k < names.size(); k++) {
    for (const int i : unknown[names[k]]) logReward[i] = answers[k];
    cache.add(names[k], answers[k]);
  }
  return logReward;
}

double OnnxReward::logReward(double score, std::span<const int32_t> state) const {
  const double value = transform_.logReward(score);
  if (!std::isnan(value) && value < std::numeric_limits<double>::infinity()) return value;
  const char* expected = transform_.kind == RewardTransform::Kind::log
                             ? "expected a finite log R or -Infinity"
                             : "expected a finite score whose transform is at least 0";
  throw RewardError(std::string(expected) + ", got " + std::to_string(score), {state.begin(), state.end()});
}

}  // namespace gflownet
