#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numbers>
#include <string>

#include "env/environment.hpp"
#include "env/parameters.hpp"

namespace gflownet {

// Rewards of grid cells: formulas, sources and the integer form of the thresholds are in src/env/grid-reward.ts.
struct GridReward {
  enum class Kind : uint8_t { corners, cosine, sparse, deceptive };

  Kind kind;
  int dimensions;
  int side;
  int cosineScale;  // u = cosineScale * ax
  double r0;
  double r1;
  double r2;

  GridReward(const Parameters& parameters, int gridDimensions, int gridSide, int scale)
      : kind(kindOf(parameters.text("reward"))),
        dimensions(gridDimensions),
        side(gridSide),
        cosineScale(scale),
        r0(parameters.number("rewardR0")),
        r1(parameters.number("rewardR1")),
        r2(parameters.number("rewardR2", 0)) {}

  HD double logReward(const int32_t* x) const noexcept {
    switch (kind) {
      case Kind::corners:
        return std::log(r0 + (all<&GridReward::inCorner>(x) ? r1 : 0) + (all<&GridReward::inBand>(x) ? r2 : 0));
      case Kind::cosine:
        return std::log(r0 + r1 * cosineProduct(x));
      case Kind::sparse:
        return std::log(isTarget(x) ? r1 : r0);
      case Kind::deceptive:
        return std::log(r0 + (all<&GridReward::awayFromCentre>(x) ? 0 : r1) + (all<&GridReward::inBand>(x) ? r2 : 0));
    }
    return std::nan("");
  }

 private:
  static Kind kindOf(const std::string& name) {
    if (name == "corners") return Kind::corners;
    if (name == "cosine") return Kind::cosine;
    if (name == "sparse") return Kind::sparse;
    if (name == "deceptive") return Kind::deceptive;
    throw Error("ERR_ARGUMENT", "reward: expected corners, cosine, sparse or deceptive, got " + name);
  }

  // d = |2x - (side - 1)|
  HD int deviation(int32_t x) const noexcept { return std::abs(2 * x - (side - 1)); }
  HD bool inCorner(int32_t x) const noexcept { return 2 * deviation(x) > side - 1; }
  HD bool inBand(int32_t x) const noexcept {
    const int d = 10 * deviation(x);
    return 6 * (side - 1) < d && d < 8 * (side - 1);
  }
  HD bool awayFromCentre(int32_t x) const noexcept { return 5 * deviation(x) > side - 1; }

  template <bool (GridReward::*Test)(int32_t) const noexcept>
  HD bool all(const int32_t* x) const noexcept {
    for (int i = 0; i < dimensions; i++) {
      if (!(this->*Test)(x[i])) return false;
    }
    return true;
  }

  HD bool isTarget(const int32_t* x) const noexcept {
    bool some = false;
    for (int i = 0; i < dimensions; i++) {
      if (x[i] == side - 2) {
        some = true;
      } else if (x[i] != 1) {
        return false;
      }
    }
    return some;
  }

  HD double cosineProduct(const int32_t* x) const noexcept {
    double product = 1;
    for (int i = 0; i < dimensions; i++) {
      const double u = static_cast<double>(cosineScale * deviation(x[i])) / (2 * (side - 1));
      const double half = std::cos(25 * u);  // cos(50u) + 1 = 2 cos^2(25u), without cancellation
      const double z = 5 * u;
      product *= (2 * half * half * std::exp(-0.5 * z * z)) / std::sqrt(2 * std::numbers::pi);
    }
    return product;
  }
};

}  // namespace gflownet
