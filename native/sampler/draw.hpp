#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "model/softmax.hpp"

namespace gflownet {

// (1 - exploration) * softmax(logits / temperature) + exploration * uniform over the allowed actions, as running sums
// over actions in order. All arrays: [actions].
inline void mixturePolicy(const float* logits, const uint8_t* allowed, double temperature, double exploration,
                          double* cumulative, size_t actions) {
  const double total = softmaxWeights(logits, allowed, temperature, cumulative, actions).sum;
  const auto count = std::count_if(allowed, allowed + actions, [](uint8_t flag) { return flag != 0; });
  const double uniform = exploration / static_cast<double>(count);
  const double scale = (1 - exploration) / total;
  double sum = 0;
  for (size_t a = 0; a < actions; a++) {
    sum += allowed[a] != 0 ? scale * cumulative[a] + uniform : 0.0;
    cumulative[a] = sum;
  }
}

// The first allowed choice whose running sum exceeds the uniform number; the last allowed one if rounding leaves none,
// -1 if none is allowed.
inline int drawChoice(const double* cumulative, const uint8_t* allowed, size_t choices, double uniform) {
  int last = -1;
  for (size_t choice = 0; choice < choices; choice++) {
    if (allowed[choice] == 0) continue;
    last = static_cast<int>(choice);
    if (uniform < cumulative[choice]) break;
  }
  return last;
}

}  // namespace gflownet
