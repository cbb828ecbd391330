#pragma once

#include <cmath>
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

// Assignments of values to discrete variables: see src/env/factors.ts. State: the values, -1 for an unset variable,
// then the number of variables set.
struct Factors {
  static constexpr std::string_view name = "factors";
  static constexpr int32_t unset = -1;

  // What the values of variables i and j add to log R.
  struct Pair {
    int32_t i;
    int32_t j;
    size_t start;  // first of its values in pairwise, row by row
  };

  bool fixed;  // variables are set from the first to the last
  int variables;
  int actionCount = 0;
  int keyBits = 0;
  const int32_t* cardinality;  // [variables]
  const int32_t* firstAction;  // [variables]
  const int32_t* variableOf;   // [actions]
  NumberArray unary;           // [actions] or none
  NumberArray pairwise;        // i, j and values, factor after factor, or none
  const Pair* pairs;           // [pairCount]
  size_t pairCount;

  explicit Factors(const Parameters& parameters) : fixed(isFixed(parameters.text("order"))) {
    auto tables = std::make_shared<Tables>();
    for (const double values : readNumbers(parameters, "cardinalities")) {
      if (!(values >= 1 && values <= 1 << 20) || values != std::floor(values)) {
        throw Error("ERR_ARGUMENT", "cardinalities: expected integers from 1 to 2^20, got " + std::to_string(values));
      }
      const auto count = static_cast<int32_t>(values);
      const auto variable = static_cast<int32_t>(tables->cardinality.size());
      tables->cardinality.push_back(count);
      tables->firstAction.push_back(static_cast<int32_t>(tables->variableOf.size()));
      tables->variableOf.insert(tables->variableOf.end(), static_cast<size_t>(count), variable);
      keyBits += bitsFor(count + 1);
      if (tables->cardinality.size() > 4095 || tables->variableOf.size() > 1U << 20U) {
        throw Error("ERR_ARGUMENT", "cardinalities: expected at most 4095 variables and 2^20 values, got more");
      }
    }
    variables = static_cast<int>(tables->cardinality.size());
    if (variables == 0) throw Error("ERR_ARGUMENT", "cardinalities: expected at least one, got none");
    actionCount = static_cast<int>(tables->variableOf.size());
    unary = NumberArray(parameters, "unary", static_cast<size_t>(actionCount));
    pairwise = NumberArray(readNumbers(parameters, "pairwise"));
    readPairs(*tables);
    cardinality = tables->cardinality.data();
    firstAction = tables->firstAction.data();
    variableOf = tables->variableOf.data();
    pairs = tables->pairs.data();
    pairCount = tables->pairs.size();
    tables_ = tables;
  }

  HD int stateSize() const noexcept { return variables + 1; }
  HD int actions() const noexcept { return actionCount; }
  HD int backwardActions() const noexcept { return fixed ? 1 : variables; }
  HD int keyWords() const noexcept { return wordsFor(keyBits); }
  HD int observationWidth() const noexcept { return variables; }
  HD int observationSize() const noexcept { return actionCount + variables; }
  HD int maximumLength() const noexcept { return variables; }

  HD void initial(int32_t* s) const noexcept {
    for (int i = 0; i < variables; i++) s[i] = unset;
    s[variables] = 0;
  }

  HD bool allowed(const int32_t* s, int action) const noexcept {
    const int32_t variable = variableOf[action];
    return fixed ? variable == s[variables] : s[variable] == unset;
  }

  HD int apply(int32_t* s, int action) const noexcept {
    const int32_t variable = variableOf[action];
    s[variable] = action - firstAction[variable];
    s[variables]++;
    return fixed ? 0 : variable;
  }

  HD bool backwardAllowed(const int32_t* s, int backward) const noexcept {
    return fixed ? s[variables] > 0 : s[backward] != unset;
  }

  HD int undo(int32_t* s, int backward) const noexcept {
    const int32_t count = --s[variables];
    const int32_t variable = fixed ? count : backward;
    const int action = firstAction[variable] + s[variable];
    s[variable] = unset;
    return action;
  }

  HD bool isTerminal(const int32_t* s) const noexcept { return s[variables] == variables; }

  HD void key(const int32_t* s, uint64_t* key) const noexcept {
    KeyWriter writer(key, keyWords());
    for (int i = 0; i < variables; i++) writer.write(s[i] + 1, bitsFor(cardinality[i] + 1));
  }

  HD void observe(const int32_t* s, int32_t* indices) const noexcept {
    for (int i = 0; i < variables; i++) indices[i] = firstAction[i] + i + s[i] + 1;
  }

  HD double logReward(const int32_t* s) const noexcept {
    double sum = 0;
    if (!unary.empty()) {
      for (int i = 0; i < variables; i++) sum += unary[firstAction[i] + s[i]];
    }
    double pairSum = 0;
    for (size_t f = 0; f < pairCount; f++) {
      const Pair& pair = pairs[f];
      pairSum += pairwise[pair.start + static_cast<size_t>(s[pair.i] * cardinality[pair.j] + s[pair.j])];
    }
    return sum + pairSum;
  }

 private:
  struct Tables {
    std::vector<int32_t> cardinality;
    std::vector<int32_t> firstAction;
    std::vector<int32_t> variableOf;
    std::vector<Pair> pairs;
  };

  std::shared_ptr<const Tables> tables_;  // shared: copies of the environment read the same

  static bool isFixed(const std::string& order) {
    if (order != "any" && order != "fixed") {
      throw Error("ERR_ARGUMENT", "order: expected any or fixed, got " + order);
    }
    return order == "fixed";
  }

  void readPairs(Tables& tables) const {
    for (size_t at = 0; at < pairwise.size();) {
      const double i = pairwise[at];
      const double j = at + 1 < pairwise.size() ? pairwise[at + 1] : -1;
      const bool known = i >= 0 && i < variables && j >= 0 && j < variables;
      if (!known) throw Error("ERR_ARGUMENT", "pairwise: expected variables, got another number");
      const Pair pair{static_cast<int32_t>(i), static_cast<int32_t>(j), at + 2};
      at = pair.start +
           static_cast<size_t>(tables.cardinality[pair.i]) * static_cast<size_t>(tables.cardinality[pair.j]);
      if (at > pairwise.size()) throw Error("ERR_ARGUMENT", "pairwise: expected a value for every pair of values");
      tables.pairs.push_back(pair);
    }
  }
};

}  // namespace gflownet
