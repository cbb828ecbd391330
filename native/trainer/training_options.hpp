#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "objective/objective.hpp"
#include "trainer/off_policy.hpp"

namespace gflownet {

// A value over training: src/trainer/schedule.ts.
struct Schedule {
  enum class Kind { constant, linear, cosine, exponential };
  Kind kind = Kind::constant;
  double start = 0;
  double end = 0;
  double steps = 1;

  double at(int64_t step) const {
    const double t = std::min(static_cast<double>(step) / steps, 1.0);
    switch (kind) {
      case Kind::linear:
        return start + (end - start) * t;
      case Kind::cosine:
        return end + (start - end) * 0.5 * (1 + std::cos(std::numbers::pi * t));
      case Kind::exponential:
        return start * std::pow(end / start, t);
      default:
        return start;
    }
  }
};

// Everything that a training step depends on: src/trainer/engine.ts.
struct TrainingOptions {
  Objective objective;
  int batchSize = 16;
  uint64_t seed = 0;
  double beta = 1;
  Schedule exploration;
  Schedule temperature;
  Schedule learningRate;
  Schedule learningRateLogZ;
  double weightDecay = 0;
  double clip = 0;
  OffPolicyOptions offPolicy;
  int trajectoriesPerCondition = 1;
};

}  // namespace gflownet
