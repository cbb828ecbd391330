#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "env/bit_packing.hpp"
#include "env/environment.hpp"
#include "env/number_array.hpp"
#include "env/parameters.hpp"

namespace gflownet {

// Permutations of items: see src/env/permutation.ts. State: the item at each position, the position of each item, -1
// for none, then the number of items placed.
struct Permutation {
  static constexpr std::string_view name = "permutation";
  static constexpr int32_t none = -1;

  int items;
  int placed;                     // place in a state of the number of items placed
  bool fixed;                     // positions are filled from the first to the last
  NumberArray preferences;        // [items x items] or none
  double dispersion;              // of the Mallows model
  const int32_t* rank = nullptr;  // [items] place in the centre of the Mallows model, null without one

  explicit Permutation(const Parameters& parameters)
      : items(parameters.integer("items", 1, 1023)),
        placed(2 * items),
        fixed(isFixed(parameters.text("order"))),
        preferences(parameters, "preferences", static_cast<size_t>(items) * static_cast<size_t>(items)),
        dispersion(parameters.number("dispersion", 0)) {
    const NumberArray center(parameters, "center", static_cast<size_t>(items));
    if (center.empty()) return;
    auto ranks = std::make_shared<std::vector<int32_t>>(static_cast<size_t>(items), none);
    for (int place = 0; place < items; place++) {
      const double item = center[place];
      if (!(item >= 0 && item < items)) throw Error("ERR_ARGUMENT", "center: expected items, got another number");
      (*ranks)[static_cast<size_t>(item)] = place;
    }
    rank = ranks->data();
    rankStorage_ = std::move(ranks);
  }

  HD int stateSize() const noexcept { return placed + 1; }
  HD int actions() const noexcept { return fixed ? items : items * items; }
  HD int backwardActions() const noexcept { return fixed ? 1 : items; }
  HD int keyWords() const noexcept { return wordsFor(items * bitsFor(items + 1)); }
  HD int observationWidth() const noexcept { return items; }
  HD int observationSize() const noexcept { return items * (items + 1); }
  HD int maximumLength() const noexcept { return items; }

  HD void initial(int32_t* s) const noexcept {
    for (int i = 0; i < placed; i++) s[i] = none;
    s[placed] = 0;
  }

  HD bool allowed(const int32_t* s, int action) const noexcept {
    if (fixed) return s[items + action] == none;
    return s[action / items] == none && s[items + action % items] == none;
  }

  HD void allowedMask(const int32_t* s, uint8_t* mask) const noexcept {
    for (int p = 0; p < (fixed ? 1 : items); p++) {
      const bool open = fixed || s[p] == none;
      for (int i = 0; i < items; i++) *mask++ = open && s[items + i] == none ? 1 : 0;
    }
  }

  HD int apply(int32_t* s, int action) const noexcept {
    const int32_t count = s[placed]++;
    const int32_t position = fixed ? count : action / items;
    const int32_t item = action % items;
    s[position] = item;
    s[items + item] = position;
    return fixed ? 0 : position;
  }

  HD bool backwardAllowed(const int32_t* s, int backward) const noexcept {
    return fixed ? s[placed] > 0 : s[backward] != none;
  }

  HD int undo(int32_t* s, int backward) const noexcept {
    const int32_t count = --s[placed];
    const int32_t position = fixed ? count : backward;
    const int32_t item = s[position];
    s[position] = none;
    s[items + item] = none;
    return fixed ? item : position * items + item;
  }

  HD bool isTerminal(const int32_t* s) const noexcept { return s[placed] == items; }

  HD void key(const int32_t* s, uint64_t* key) const noexcept {
    KeyWriter writer(key, keyWords());
    for (int p = 0; p < items; p++) writer.write(s[p] + 1, bitsFor(items + 1));
  }

  HD void observe(const int32_t* s, int32_t* indices) const noexcept {
    for (int p = 0; p < items; p++) indices[p] = p * (items + 1) + s[p] + 1;
  }

  HD double logReward(const int32_t* s) const noexcept {
    if (rank != nullptr) {
      const int discordant = discordantPairs(s);
      return discordant == 0 ? 0 : -dispersion * discordant;
    }
    if (preferences.empty()) return 0;
    double sum = 0;
    for (int p = 0; p < items; p++) {
      for (int q = p + 1; q < items; q++) {
        sum += preferences[static_cast<size_t>(s[p]) * static_cast<size_t>(items) + s[q]];
      }
    }
    return sum;
  }

 private:
  std::shared_ptr<const std::vector<int32_t>> rankStorage_;  // shared: copies of the environment read the same

  static bool isFixed(const std::string& order) {
    if (order != "any" && order != "fixed") {
      throw Error("ERR_ARGUMENT", "order: expected any or fixed, got " + order);
    }
    return order == "fixed";
  }

  // Kendall's distance to the centre: pairs of items in the other order.
  HD int discordantPairs(const int32_t* s) const noexcept {
    int count = 0;
    for (int p = 0; p < items; p++) {
      for (int q = p + 1; q < items; q++) count += rank[s[p]] > rank[s[q]] ? 1 : 0;
    }
    return count;
  }
};

}  // namespace gflownet
