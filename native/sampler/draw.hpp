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

// The first allowed choice whose running sum exceeds the uniform number; the last allowed one if rounding, or sums that
// are no numbers, leave none; -1 if none is allowed. Sums do not grow where a choice is not allowed, so the first one
// that exceeds is at an allowed one, and can be counted without a branch that nobody can predict.
inline int drawChoice(const double* cumulative, const uint8_t* allowed, size_t choices, double uniform) {
  constexpr size_t kFewChoices = 32;
  if (choices > 0 && uniform < cumulative[choices - 1]) {
    if (choices > kFewChoices) {
      return static_cast<int>(std::upper_bound(cumulative, cumulative + choices, uniform) - cumulative);
    }
    int below = 0;
    for (size_t choice = 0; choice < choices; choice++) below += uniform < cumulative[choice] ? 0 : 1;
    return below;
  }
  auto last = static_cast<int>(choices) - 1;
  while (last >= 0 && allowed[last] == 0) last--;
  return last;
}

}  // namespace gflownet
