#pragma once

#include <cstdint>
#include <string_view>

#include "env/grid.hpp"

namespace gflownet {

// The hypergrid of the 2021 code, which also ends when a coordinate reaches side - 1: see src/env/hypergrid-2021.ts.
struct Hypergrid2021 : Grid {
  static constexpr std::string_view name = "hypergrid-2021";

  explicit Hypergrid2021(const Parameters& parameters) : Grid(parameters, 2) {}

  HD int maximumLength() const noexcept { return dimensions * (side - 2) + 1; }

  HD bool allowed(const int32_t* s, int /*action*/) const noexcept {
    return s[dimensions] == 0;  // a live state has no coordinate at side - 1
  }

  HD int apply(int32_t* s, int action) const noexcept {
    s[action]++;
    if (action < dimensions && s[action] == side - 1) s[dimensions] = 1;
    return action;
  }

  HD bool backwardAllowed(const int32_t* s, int backward) const noexcept {
    if (s[dimensions] == 0) return s[backward] > 0;
    for (int i = 0; i < dimensions; i++) {
      if (s[i] == side - 1) return backward == i;
    }
    return backward == dimensions;
  }

  HD int undo(int32_t* s, int backward) const noexcept {
    s[dimensions] = 0;
    if (backward < dimensions) s[backward]--;
    return backward;
  }
};

}  // namespace gflownet
