#pragma once

#include <cstdint>
#include <string_view>

#include "env/word_sequence.hpp"

namespace gflownet {

// Bit sequences written from left to right (Malkin et al. 2022, section 5): see
// src/env/bit-sequence-autoregressive.ts.
struct BitSequenceAutoregressive : WordSequence {
  static constexpr std::string_view name = "bit-sequence-autoregressive";

  explicit BitSequenceAutoregressive(const Parameters& parameters) : WordSequence(parameters) {}

  HD int actions() const noexcept { return words; }
  HD int backwardActions() const noexcept { return 1; }

  HD bool allowed(const int32_t* s, int /*action*/) const noexcept { return s[positions] < positions; }

  HD int apply(int32_t* s, int action) const noexcept {
    s[s[positions]++] = action;
    return 0;
  }

  HD bool backwardAllowed(const int32_t* s, int /*backward*/) const noexcept { return s[positions] > 0; }

  HD int undo(int32_t* s, int /*backward*/) const noexcept {
    const int last = --s[positions];
    const int action = s[last];
    s[last] = words;
    return action;
  }
};

}  // namespace gflownet
