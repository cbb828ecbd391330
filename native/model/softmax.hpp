#pragma once

#include <cstddef>
#include <cstdint>

namespace gflownet {

// The largest allowed logit and the sum of the weights below.
struct SoftmaxSum {
  double largest;  // -infinity without an allowed action
  double sum;
};

// weight[a] = exp((logits[a] - largest) / temperature) where allowed[a] is not 0, else 0, [A]. exp errs by less than
// 4e-16 of its value; NaN stays NaN.
SoftmaxSum softmaxWeights(const float* logits, const uint8_t* allowed, double temperature, double* weight,
                          size_t actions);

}  // namespace gflownet
