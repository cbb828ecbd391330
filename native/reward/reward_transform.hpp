#pragma once

#include <cmath>
#include <limits>

namespace gflownet {

// What turns a score y into log R: src/reward/transform.ts, with its scale and floor.
struct RewardTransform {
  enum class Kind { log, identity, absolute, power, exponential, shift, product, sigmoid };
  Kind kind = Kind::identity;  // log: y is log R already
  // exponent; scale; by; factor; slope
  double first = 0;
  // rate; midpoint
  double second = 0;
  double floor = 0;  // least R

  // -infinity for R = 0, NaN where y gives no R >= 0.
  double logReward(double y) const {
    const double value = transformed(y);
    return floor > 0 && value < std::log(floor) ? std::log(floor) : value;
  }

 private:
  double transformed(double y) const {
    switch (kind) {
      case Kind::log:
        return y;
      case Kind::absolute:
        return std::log(std::abs(y));
      case Kind::power:
        return first == 0 && !std::isnan(y) ? 0 : first * std::log(y);
      case Kind::exponential:
        return std::log(first) + second * y;
      case Kind::shift:
        return std::log(y + first);
      case Kind::product:
        return std::log(first * y);
      case Kind::sigmoid:
        return -std::log1p(std::exp(-first * (y - second)));
      default:
        return std::log(y);
    }
  }
};

}  // namespace gflownet
