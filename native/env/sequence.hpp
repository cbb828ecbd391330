#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "env/bit_packing.hpp"
#include "env/environment.hpp"
#include "env/number_array.hpp"
#include "env/parameters.hpp"
#include "env/sequence_growth.hpp"
#include "env/table_reward.hpp"

namespace gflownet {

// Sequences of symbols: see src/env/sequence.ts. State: the symbols, the size of the alphabet for an empty position,
// then the length, then 1 if the trajectory has stopped.
struct Sequence {
  static constexpr std::string_view name = "sequence";

  int symbols;
  int minimum;
  int maximum;
  bool stops;  // lengths vary: the action after those of growth stops
  SequenceGrowth growth;
  NumberArray logRewards;  // by length, then in the order of the alphabet; none for log R = 0

  explicit Sequence(const Parameters& parameters)
      : symbols(static_cast<int>(std::min<size_t>(parameters.texts("alphabet").size(), 1U << 20U))),
        minimum(parameters.integer(lengthName(parameters, "minimumLength"), 0, 4094)),
        maximum(parameters.integer(lengthName(parameters, "maximumLength"), std::max(1, minimum), 4094)),
        stops(minimum < maximum),
        growth{SequenceGrowth::styleOf(parameters.text("style")), symbols, maximum} {
    if (static_cast<int64_t>(maximum) * (symbols + 1) > (1 << 20)) {
      throw Error("ERR_ARGUMENT", "alphabet: expected at most 2^20 actions and model inputs, got more");
    }
    std::vector<double> table = readNumbers(parameters, "table");
    if (!parameters.values.contains("table")) return;
    if (static_cast<double>(table.size()) != countOfLengths(minimum, maximum)) {
      throw Error("ERR_ARGUMENT", "table: expected a value for every sequence, got " + std::to_string(table.size()));
    }
    logRewards = tableLogRewards(parameters, std::move(table));
  }

  HD int stateSize() const noexcept { return maximum + 2; }
  HD int actions() const noexcept { return growth.actions() + (stops ? 1 : 0); }
  HD int backwardActions() const noexcept { return growth.backwardActions() + (stops ? 1 : 0); }
  HD int keyWords() const noexcept { return wordsFor(1 + maximum * bitsFor(symbols + 1)); }
  HD int observationWidth() const noexcept { return maximum; }
  HD int observationSize() const noexcept { return maximum * (symbols + 1); }
  HD int maximumLength() const noexcept { return maximum + (stops ? 1 : 0); }

  HD void initial(int32_t* s) const noexcept {
    for (int i = 0; i < maximum; i++) s[i] = symbols;
    s[maximum] = s[maximum + 1] = 0;
  }

  HD bool allowed(const int32_t* s, int action) const noexcept {
    if (isTerminal(s)) return false;
    const int length = s[maximum];
    if (action == growth.actions()) return length >= minimum;
    return length < maximum && growth.allowed(s, length, action);
  }

  HD void allowedMask(const int32_t* s, uint8_t* mask) const noexcept {
    const bool live = !isTerminal(s);
    if (live && s[maximum] < maximum) {
      growth.allowedMask(s, s[maximum], mask);
    } else {
      std::memset(mask, 0, static_cast<size_t>(growth.actions()));
    }
    if (stops) mask[growth.actions()] = live && s[maximum] >= minimum ? 1 : 0;
  }

  HD int apply(int32_t* s, int action) const noexcept {
    if (action == growth.actions()) {
      s[maximum + 1] = 1;
      return growth.backwardActions();
    }
    return growth.apply(s, s[maximum]++, action);
  }

  HD bool backwardAllowed(const int32_t* s, int backward) const noexcept {
    const bool stopped = s[maximum + 1] == 1;
    if (backward == growth.backwardActions()) return stopped;
    const int length = s[maximum];
    return !stopped && length > 0 && growth.backwardAllowed(s, length, backward);
  }

  HD int undo(int32_t* s, int backward) const noexcept {
    if (backward == growth.backwardActions()) {
      s[maximum + 1] = 0;
      return growth.actions();
    }
    return growth.undo(s, s[maximum]--, backward);
  }

  HD bool isTerminal(const int32_t* s) const noexcept { return stops ? s[maximum + 1] == 1 : s[maximum] == maximum; }

  HD void key(const int32_t* s, uint64_t* key) const noexcept {
    KeyWriter writer(key, keyWords());
    writer.write(s[maximum + 1], 1);
    for (int i = 0; i < maximum; i++) writer.write(s[i], bitsFor(symbols + 1));
  }

  HD void observe(const int32_t* s, int32_t* indices) const noexcept {
    for (int i = 0; i < maximum; i++) indices[i] = i * (symbols + 1) + s[i];
  }

  HD double logReward(const int32_t* s) const noexcept {
    if (logRewards.empty()) return 0;
    const int length = s[maximum];
    size_t place = 0;
    for (int i = 0; i < length; i++) place = place * static_cast<size_t>(symbols) + static_cast<size_t>(s[i]);
    return logRewards[place + static_cast<size_t>(countOfLengths(minimum, length - 1))];
  }

 private:
  // Sequences of one length name it instead of both bounds.
  static std::string lengthName(const Parameters& parameters, const char* bound) {
    return parameters.values.contains("length") ? "length" : bound;
  }

  // Number of sequences whose length is from least to most.
  HD double countOfLengths(int least, int most) const noexcept {
    double count = 0;
    double power = 1;
    for (int length = 0; length <= most; length++, power *= symbols) {
      if (length >= least) count += power;
    }
    return count;
  }
};

}  // namespace gflownet
