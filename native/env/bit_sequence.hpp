#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "env/word_sequence.hpp"

namespace gflownet {

// Bit sequences filled in any order (Tiapkin et al. 2024): see src/env/bit-sequence.ts.
struct BitSequence : WordSequence {
  static constexpr std::string_view name = "bit-sequence";

  explicit BitSequence(const Parameters& parameters) : WordSequence(parameters) {}

  HD int actions() const noexcept { return positions * words; }
  HD int backwardActions() const noexcept { return positions; }

  HD bool allowed(const int32_t* s, int action) const noexcept { return s[action >> wordBits] == words; }

  HD void allowedMask(const int32_t* s, uint8_t* mask) const noexcept {
    const auto block = static_cast<size_t>(words);
    for (int i = 0; i < positions; i++) std::memset(mask + i * block, s[i] == words ? 1 : 0, block);
  }

  HD int apply(int32_t* s, int action) const noexcept {
    const int position = action >> wordBits;
    s[position] = action & (words - 1);
    s[positions]++;
    return position;
  }

  HD bool backwardAllowed(const int32_t* s, int backward) const noexcept { return s[backward] != words; }

  HD int undo(int32_t* s, int backward) const noexcept {
    const int action = backward * words + s[backward];
    s[backward] = words;
    s[positions]--;
    return action;
  }
};

}  // namespace gflownet
