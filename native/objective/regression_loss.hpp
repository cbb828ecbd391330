#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gflownet {

// The loss g of a residual t, and its derivative. Definitions: src/objective/regression-loss.ts. Where the argument
// is clamped the derivative is that at the clamp: a huge residual still pulls.
struct RegressionLoss {
  enum class Kind { squared, halfSquared, absolute, logCosh, shiftedCosh, huber, linex };
  Kind kind = Kind::squared;
  double parameter = 1;  // delta of huber, alpha of linex

  static constexpr double kClamp = 80;

  double value(double t) const {
    switch (kind) {
      case Kind::squared:
        return t * t;
      case Kind::halfSquared:
        return 0.5 * t * t;
      case Kind::absolute:
        return std::abs(t);
      case Kind::logCosh:
        return std::abs(t) + std::log1p(std::exp(-2 * std::abs(t))) - std::numbers::ln2;
      case Kind::shiftedCosh: {
        const double x = std::clamp(t, -kClamp, kClamp);
        return std::exp(x) + std::exp(-x) - 2;
      }
      case Kind::huber:
        return std::abs(t) <= parameter ? 0.5 * t * t : parameter * (std::abs(t) - 0.5 * parameter);
      case Kind::linex: {
        const double x = std::min(parameter * t, kClamp);
        return (std::exp(x) - x - 1) / (parameter * parameter);
      }
    }
    return 0;
  }

  double derivative(double t) const {
    switch (kind) {
      case Kind::squared:
        return 2 * t;
      case Kind::halfSquared:
        return t;
      case Kind::absolute:
        return t > 0 ? 1 : (t < 0 ? -1 : 0);
      case Kind::logCosh:
        return std::tanh(t);
      case Kind::shiftedCosh: {
        const double x = std::clamp(t, -kClamp, kClamp);
        return std::exp(x) - std::exp(-x);
      }
      case Kind::huber:
        return std::clamp(t, -parameter, parameter);
      case Kind::linex:
        return (std::exp(std::min(parameter * t, kClamp)) - 1) / parameter;
    }
    return 0;
  }
};

}  // namespace gflownet
