#include "model/softmax.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <numbers>

#include "device/vector_variants.hpp"

namespace gflownet {
namespace {

// 1 / k! from k = 2 to 13: the rest of the series is below 1e-17 where |r| <= ln 2 / 2.
constexpr std::array<double, 12> kInverseFactorials{1.0 / 2,       1.0 / 6,        1.0 / 24,        1.0 / 120,
                                                    1.0 / 720,     1.0 / 5040,     1.0 / 40320,     1.0 / 362880,
                                                    1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};

// exp(x) for x <= 0 without a branch: x = n ln 2 + r, and the series of r. Below -700 it is 0.
inline double exponential(double x) {
  // ln 2 as the sum of two parts, the first of them so short that n times it is exact.
  constexpr auto ln2High = std::bit_cast<double>(std::bit_cast<uint64_t>(std::numbers::ln2) & ~uint64_t{0x1fffff});
  constexpr double ln2Low = 1.90821492927058770002e-10;
  constexpr double shift = 6755399441055744.0;  // 1.5 * 2^52: adding it leaves the rounded number in the lowest bits
  const double clamped = x < -700 ? -700.0 : x;
  const double shifted = clamped * std::numbers::log2e + shift;
  const double n = shifted - shift;
  const double r = (clamped - n * ln2High) - n * ln2Low;
  double series = kInverseFactorials.back();
  for (size_t k = kInverseFactorials.size() - 1; k-- > 0;) series = series * r + kInverseFactorials[k];
  // 2^n: n, in the lowest bits of `shifted`, moves to the exponent.
  const auto power = std::bit_cast<double>((std::bit_cast<uint64_t>(shifted) << 52) + std::bit_cast<uint64_t>(1.0));
  const double value = (series * r * r + r + 1.0) * power;
  return x < -700 ? 0.0 : value;
}

// Four partial results in a fixed order: they do not depend on the vector width.
constexpr size_t kLanes = 4;

GFLOWNET_VECTOR_VARIANTS
double maskLogits(const float* logits, const uint8_t* allowed, double* masked, size_t actions) {
  constexpr double none = -std::numeric_limits<double>::infinity();
  std::array<double, kLanes> largest{none, none, none, none};
  for (size_t a = 0; a < actions; a++) {
    const double logit = logits[a];
    masked[a] = allowed[a] != 0 ? logit : none;
  }
  const size_t whole = actions - actions % kLanes;
  for (size_t a = 0; a < whole; a += kLanes) {
    for (size_t lane = 0; lane < kLanes; lane++) {
      largest[lane] = masked[a + lane] > largest[lane] ? masked[a + lane] : largest[lane];
    }
  }
  for (size_t a = whole; a < actions; a++) largest[0] = std::max(largest[0], masked[a]);
  return std::max({largest[0], largest[1], largest[2], largest[3]});
}

GFLOWNET_VECTOR_VARIANTS
double exponentials(double* values, double largest, double scale, size_t actions) {
  std::array<double, kLanes> sums{};
  for (size_t a = 0; a < actions; a++) values[a] = exponential((values[a] - largest) * scale);
  const size_t whole = actions - actions % kLanes;
  for (size_t a = 0; a < whole; a += kLanes) {
    for (size_t lane = 0; lane < kLanes; lane++) sums[lane] += values[a + lane];
  }
  for (size_t a = whole; a < actions; a++) sums[0] += values[a];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

SoftmaxSum softmaxWeights(const float* logits, const uint8_t* allowed, double temperature, double* weight,
                          size_t actions) {
  const double largest = maskLogits(logits, allowed, weight, actions);
  if (largest == -std::numeric_limits<double>::infinity()) {
    std::fill_n(weight, actions, 0.0);
    return {largest, 0};
  }
  return {largest, exponentials(weight, largest, 1 / temperature, actions)};
}

}  // namespace gflownet
