#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "env/number_array.hpp"
#include "env/parameters.hpp"

namespace gflownet {

// log R of every value of a table, as src/env/table-reward.ts defines it.
inline NumberArray tableLogRewards(const Parameters& parameters, std::vector<double> values) {
  const std::string& kind = parameters.text("tableReward");
  double most = -std::numeric_limits<double>::infinity();
  for (const double value : values) most = std::max(most, value);
  if (kind == "plain") {
    for (double& value : values) value = std::log(value);
  } else if (kind == "clip-before" || kind == "clip-after") {
    const double exponent = parameters.number("rewardExponent");
    const double scale = parameters.number("rewardScale");
    const double floor = parameters.number("rewardFloor");
    const double logBest = std::log(std::max(most, floor));
    for (double& value : values) {
      value = kind == "clip-before"
                  ? std::log(scale) + exponent * (std::log(std::max(value, floor)) - logBest)
                  : std::log(std::max(scale * std::pow(std::max(value, 0.0) / most, exponent), floor));
    }
  } else if (kind != "log") {
    throw Error("ERR_ARGUMENT", "tableReward: expected plain, log, clip-before or clip-after, got " + kind);
  }
  return NumberArray(std::move(values));
}

}  // namespace gflownet
