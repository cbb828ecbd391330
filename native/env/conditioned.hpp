#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "env/environment.hpp"

namespace gflownet {

// A condition that is the reward exponent beta itself, and how the model sees it: src/env/tempered-environment.ts.
struct TemperatureCondition {
  int bins = 0;  // of the thermometer; 0: the logarithm of beta
  double minimum = 1;
  double maximum = 1;
};

HD inline float conditionNumber(int32_t bits) noexcept {
  return std::bit_cast<float>(bits);
}

// An environment with the condition of its trajectory: the last conditionSize() integers of a state, bits of float32,
// the same in all states of a trajectory. It belongs to a state's key, the model sees it after all else, and rewards
// depend on it; actions do not. There may be none: then this is the environment itself.
// src/env/conditioned-environment.ts is the twin.
template <class E>
struct Conditioned : E {
  explicit Conditioned(E environment, std::optional<TemperatureCondition> temperature = {})
      : E(std::move(environment)), temperature(temperature), size(ownSize() + (temperature ? 1 : 0)) {}

  std::optional<TemperatureCondition> temperature;
  int size;

  HD int conditionSize() const noexcept { return size; }
  HD int stateSize() const noexcept { return E::stateSize() + size; }
  HD int keyWords() const noexcept { return E::keyWords() + (size + 1) / 2; }
  HD int observationWidth() const noexcept { return E::observationWidth() + conditionWidth(); }

  HD void initial(int32_t* s) const noexcept {
    E::initial(s);
    for (int i = 0; i < size; i++) s[E::stateSize() + i] = 0;
  }

  HD void key(const int32_t* s, uint64_t* key) const noexcept {
    E::key(s, key);
    const int32_t* condition = s + E::stateSize();
    uint64_t* words = key + E::keyWords();
    for (int i = 0; i < size; i += 2) {
      const uint64_t high = i + 1 < size ? static_cast<uint32_t>(condition[i + 1]) : 0;
      words[i / 2] = static_cast<uint32_t>(condition[i]) | high << 32U;
    }
  }

  HD void observe(const int32_t* s, int32_t* observation) const noexcept {
    E::observe(s, observation);
    observeCondition(s + E::stateSize(), observation + E::observationWidth());
  }

  // What the model sees of a condition: conditionWidth() integers, bits of float32.
  HD int conditionWidth() const noexcept { return temperature && temperature->bins > 0 ? temperature->bins : size; }
  HD void observeCondition(const int32_t* condition, int32_t* observation) const noexcept {
    if (!temperature) {
      for (int i = 0; i < size; i++) observation[i] = condition[i];
      return;
    }
    const double beta = conditionNumber(*condition);
    if (temperature->bins == 0) {
      *observation = std::bit_cast<int32_t>(static_cast<float>(std::log(beta)));
      return;
    }
    const double gap = (temperature->maximum - temperature->minimum) / temperature->bins;
    for (int i = 0; i < temperature->bins; i++) {
      const double filled = std::clamp((beta - temperature->minimum) / gap - i, 0.0, 1.0);
      observation[i] = std::bit_cast<int32_t>(static_cast<float>(filled));
    }
  }

  HD double logReward(const int32_t* s) const noexcept {
    return conditionedLogReward(E::logReward(s), s + E::stateSize());
  }
  // log R without the temperature.
  HD double ownLogReward(const int32_t* s) const noexcept { return E::logReward(s); }
  HD double conditionedLogReward(double own, const int32_t* condition) const noexcept {
    return temperature ? conditionNumber(*condition) * own : own;
  }

  // A state as the outside gives and gets it ends in its condition too.
  int externalSize() const noexcept
    requires PreparedEnvironment<E>
  {
    return E::externalSize() + size;
  }
  int observationBound(int position) const noexcept
    requires PreparedEnvironment<E>
  {
    return position < E::observationWidth() ? E::observationBound(position) : 0;
  }
  void prepareChildren(std::span<const int32_t> states)
    requires PreparedEnvironment<E>
  {
    E::prepareChildren(withoutConditions(states));
  }
  void prepareParents(std::span<const int32_t> states)
    requires PreparedEnvironment<E>
  {
    E::prepareParents(withoutConditions(states));
  }
  void toExternal(const int32_t* state, int32_t* external) const noexcept
    requires PreparedEnvironment<E>
  {
    E::toExternal(state, external);
    std::copy_n(state + E::stateSize(), size, external + E::externalSize());
  }
  std::vector<int32_t> fromExternal(std::span<const int32_t> externals)
    requires PreparedEnvironment<E>
  {
    const auto whole = static_cast<size_t>(externalSize());
    const auto part = static_cast<size_t>(E::externalSize());
    std::vector<int32_t> states;
    const std::vector<int32_t> own = E::fromExternal(firstOfEach(externals, part, whole));
    for (size_t i = 0; i < own.size(); i++) {
      states.push_back(own[i]);
      const auto condition = externals.subspan(i * whole + part, whole - part);
      states.insert(states.end(), condition.begin(), condition.end());
    }
    return states;
  }

 private:
  int ownSize() const noexcept {
    if constexpr (requires(const E& e) { e.conditionSize(); }) {
      return E::conditionSize();
    } else {
      return 0;
    }
  }

  static std::vector<int32_t> firstOfEach(std::span<const int32_t> values, size_t part, size_t whole) {
    std::vector<int32_t> first;
    for (size_t i = 0; i < values.size(); i += whole) {
      const auto each = values.subspan(i, part);
      first.insert(first.end(), each.begin(), each.end());
    }
    return first;
  }

  std::vector<int32_t> withoutConditions(std::span<const int32_t> states) const {
    return firstOfEach(states, static_cast<size_t>(E::stateSize()), static_cast<size_t>(stateSize()));
  }
};

}  // namespace gflownet
