#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "env/conditioned.hpp"
#include "env/hypergrid.hpp"

namespace gflownet {

// The hypergrid whose condition c in [0, 1] goes from a uniform reward to its own (torchgfn's ConditionalHyperGrid):
// see src/env/conditional-hypergrid.ts. The condition stands after the state's own integers.
struct ConditionalHypergrid : Hypergrid {
  static constexpr std::string_view name = "conditional-hypergrid";

  double largest;  // R0 + R1 + R2

  explicit ConditionalHypergrid(const Parameters& parameters)
      : Hypergrid(withCorners(parameters)),
        largest(parameters.number("rewardR0") + parameters.number("rewardR1") + parameters.number("rewardR2")) {}

  HD int conditionSize() const noexcept { return 1; }

  HD double logReward(const int32_t* s) const noexcept {
    const double c = conditionNumber(s[stateSize()]);
    return std::log((1 - c) * largest + c * std::exp(Hypergrid::logReward(s)));
  }

 private:
  static Parameters withCorners(Parameters parameters) {
    parameters.values["reward"] = std::string("corners");
    return parameters;
  }
};

}  // namespace gflownet
