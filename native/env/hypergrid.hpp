#pragma once

#include <cstdint>
#include <string_view>

#include "env/grid.hpp"

namespace gflownet {

// The hypergrid (Bengio et al. 2021, section 4.1) that ends by the stop action only: see src/env/hypergrid.ts.
struct Hypergrid : Grid {
  static constexpr std::string_view name = "hypergrid";

  explicit Hypergrid(const Parameters& parameters) : Grid(parameters, 1) {}

  HD int maximumLength() const noexcept { return dimensions * (side - 1) + 1; }

  HD bool allowed(const int32_t* s, int action) const noexcept {
    if (s[dimensions] == 1) return false;
    return action == dimensions || s[action] < side - 1;
  }

  HD int apply(int32_t* s, int action) const noexcept {
    s[action]++;
    return action;
  }

  HD bool backwardAllowed(const int32_t* s, int backward) const noexcept {
    if (s[dimensions] == 1) return backward == dimensions;
    return s[backward] > 0;
  }

  HD int undo(int32_t* s, int backward) const noexcept {
    s[backward]--;
    return backward;
  }
};

}  // namespace gflownet
