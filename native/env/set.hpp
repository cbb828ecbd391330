#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "env/bit_packing.hpp"
#include "env/environment.hpp"
#include "env/number_array.hpp"
#include "env/parameters.hpp"

namespace gflownet {

// Sets of items added in any order: see src/env/set.ts. State: 1 or 0 for each item, the number of items in the set, 1
// if the trajectory has stopped.
struct SetAddition {
  static constexpr std::string_view name = "set";

  int items;
  int minimum;
  int maximum;
  bool stops;                // sizes vary: action `items` stops
  NumberArray weights;       // [items] or none
  NumberArray interactions;  // [items x items] or none

  explicit SetAddition(const Parameters& parameters)
      : items(parameters.integer("items", 1, 4094)),
        minimum(parameters.integer(sizeName(parameters, "minimum"), 0, items)),
        maximum(parameters.integer(sizeName(parameters, "maximum"), 1, items)),
        stops(minimum < maximum),
        weights(parameters, "weights", static_cast<size_t>(items)),
        interactions(parameters, "interactions", static_cast<size_t>(items) * static_cast<size_t>(items)) {}

  HD int stateSize() const noexcept { return items + 2; }
  HD int actions() const noexcept { return items + (stops ? 1 : 0); }
  HD int backwardActions() const noexcept { return actions(); }
  HD int keyWords() const noexcept { return wordsFor(items + 1); }
  HD int observationWidth() const noexcept { return items; }
  HD int observationSize() const noexcept { return 2 * items; }
  HD int maximumLength() const noexcept { return maximum + (stops ? 1 : 0); }

  HD void initial(int32_t* s) const noexcept {
    for (int i = 0; i < items + 2; i++) s[i] = 0;
  }

  HD bool allowed(const int32_t* s, int action) const noexcept {
    if (isTerminal(s)) return false;
    if (action == items) return s[items] >= minimum;
    return s[action] == 0 && s[items] < maximum;
  }

  HD void allowedMask(const int32_t* s, uint8_t* mask) const noexcept {
    const bool grows = !isTerminal(s) && s[items] < maximum;
    for (int i = 0; i < items; i++) mask[i] = grows && s[i] == 0 ? 1 : 0;
    if (stops) mask[items] = allowed(s, items) ? 1 : 0;
  }

  HD int apply(int32_t* s, int action) const noexcept {
    if (action == items) {
      s[items + 1] = 1;
    } else {
      s[action] = 1;
      s[items]++;
    }
    return action;
  }

  HD bool backwardAllowed(const int32_t* s, int backward) const noexcept {
    const bool stopped = s[items + 1] == 1;
    return backward == items ? stopped : !stopped && s[backward] == 1;
  }

  HD int undo(int32_t* s, int backward) const noexcept {
    if (backward == items) {
      s[items + 1] = 0;
    } else {
      s[backward] = 0;
      s[items]--;
    }
    return backward;
  }

  HD bool isTerminal(const int32_t* s) const noexcept { return stops ? s[items + 1] == 1 : s[items] == maximum; }

  HD void key(const int32_t* s, uint64_t* key) const noexcept {
    KeyWriter writer(key, keyWords());
    writer.write(s[items + 1], 1);
    for (int i = 0; i < items; i++) writer.write(s[i], 1);
  }

  HD void observe(const int32_t* s, int32_t* indices) const noexcept {
    for (int i = 0; i < items; i++) indices[i] = 2 * i + s[i];
  }

  HD double logReward(const int32_t* s) const noexcept {
    double sum = 0;
    for (int i = 0; i < items; i++) {
      if (s[i] == 0) continue;
      if (!weights.empty()) sum += weights[i];
      if (interactions.empty()) continue;
      for (int j = 0; j < i; j++) {
        if (s[j] == 1) sum += interactions[static_cast<size_t>(i) * static_cast<size_t>(items) + j];
      }
    }
    return sum;
  }

 private:
  // Sets of one size name it instead of both bounds.
  static std::string sizeName(const Parameters& parameters, const char* bound) {
    return parameters.values.contains("size") ? "size" : bound;
  }
};

}  // namespace gflownet
