#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "env/word_sequence.hpp"

namespace gflownet {

// Bit sequences grown at both ends (Shen et al. 2023), each edge once: see src/env/bit-sequence-prepend-append.ts.
struct BitSequencePrependAppend : WordSequence {
  static constexpr std::string_view name = "bit-sequence-prepend-append";

  explicit BitSequencePrependAppend(const Parameters& parameters) : WordSequence(parameters) {}

  HD int actions() const noexcept { return 2 * words; }
  HD int backwardActions() const noexcept { return 2; }

  HD bool allowed(const int32_t* s, int action) const noexcept {
    if (s[positions] == positions) return false;
    return action < words || !repeats(s, action - words);
  }

  HD void allowedMask(const int32_t* s, uint8_t* mask) const noexcept {
    std::memset(mask, s[positions] < positions ? 1 : 0, 2 * static_cast<size_t>(words));
    if (s[positions] == 0) {
      std::memset(mask + words, 0, static_cast<size_t>(words));
    } else if (repeats(s, s[0])) {
      mask[words + s[0]] = 0;
    }
  }

  HD int apply(int32_t* s, int action) const noexcept {
    const int count = s[positions]++;
    if (action < words) {
      s[count] = action;
      return removeLast;
    }
    for (int i = count; i > 0; i--) s[i] = s[i - 1];
    s[0] = action - words;
    return removeFirst;
  }

  HD bool backwardAllowed(const int32_t* s, int backward) const noexcept {
    return backward == removeLast ? s[positions] > 0 : !repeats(s, s[0]);
  }

  HD int undo(int32_t* s, int backward) const noexcept {
    const int count = --s[positions];
    const int32_t word = s[backward == removeLast ? count : 0];
    if (backward == removeFirst) {
      for (int i = 0; i < count; i++) s[i] = s[i + 1];
    }
    s[count] = words;
    return backward == removeLast ? word : words + word;
  }

 private:
  static constexpr int removeLast = 0;
  static constexpr int removeFirst = 1;

  // Whether every word of the sequence is `word`; true of the empty one.
  HD bool repeats(const int32_t* s, int32_t word) const noexcept {
    for (int i = 0; i < s[positions]; i++) {
      if (s[i] != word) return false;
    }
    return true;
  }
};

}  // namespace gflownet
