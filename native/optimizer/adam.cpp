#include "optimizer/adam.hpp"

#include <array>
#include <cmath>

#include "device/vector_variants.hpp"

namespace gflownet {
namespace {

// Moments below it are zero: they change no parameter, and the numbers that they would become, too small for a full
// mantissa, take a processor many times longer. Without gradients a mean comes there after some 700 updates.
constexpr float kSmallestMoment = 1e-30F;

float flushed(float moment) {
  return std::abs(moment) < kSmallestMoment ? 0.0F : moment;
}

struct Factors {
  float scale;
  float beta1;
  float beta2;
  float decay;       // 1 - learning rate * weight decay
  float step;        // learning rate / (1 - beta1^t)
  float correction;  // 1 / sqrt(1 - beta2^t)
  float epsilon;
};

// p <- decay p;  m <- m + (1 - beta1)(g - m);  v <- beta2 v + (1 - beta2) g^2;
// p <- p - step m / (sqrt(v) correction + epsilon)
GFLOWNET_VECTOR_VARIANTS
void adamLoop(float* __restrict parameters, float* __restrict mean, float* __restrict square,
              const float* __restrict gradient, const Factors& factors, size_t count) {
  const Factors f = factors;
  for (size_t i = 0; i < count; i++) {
    const float g = gradient[i] * f.scale;
    const float m = flushed(mean[i] + (1.0F - f.beta1) * (g - mean[i]));
    const float v = flushed(f.beta2 * square[i] + (1.0F - f.beta2) * g * g);
    mean[i] = m;
    square[i] = v;
    parameters[i] = parameters[i] * f.decay - f.step * m / (std::sqrt(v) * f.correction + f.epsilon);
  }
}

// Eight partial sums in a fixed order: the result does not depend on the vector width.
GFLOWNET_VECTOR_VARIANTS
double sumOfSquares(const float* values, size_t count) {
  std::array<double, 8> sums{};
  const size_t whole = count - count % sums.size();
  for (size_t i = 0; i < whole; i += sums.size()) {
    for (size_t lane = 0; lane < sums.size(); lane++) {
      const double value = values[i + lane];
      sums[lane] += value * value;
    }
  }
  double sum = 0;
  for (const double lane : sums) sum += lane;
  for (size_t i = whole; i < count; i++) sum += static_cast<double>(values[i]) * values[i];
  return sum;
}

}  // namespace

void Adam::update(std::vector<float>& parameters, const std::vector<float>& gradient, double scale, int64_t step,
                  const AdamSettings& settings) {
  const auto count = static_cast<double>(step);
  const Factors factors{
      .scale = static_cast<float>(scale),
      .beta1 = static_cast<float>(settings.beta1),
      .beta2 = static_cast<float>(settings.beta2),
      .decay = static_cast<float>(1 - settings.learningRate * settings.weightDecay),
      .step = static_cast<float>(settings.learningRate / (1 - std::pow(settings.beta1, count))),
      .correction = static_cast<float>(1 / std::sqrt(1 - std::pow(settings.beta2, count))),
      .epsilon = static_cast<float>(settings.epsilon),
  };
  adamLoop(parameters.data(), mean_.data(), square_.data(), gradient.data(), factors, parameters.size());
}

double norm(const std::vector<float>& values) {
  return std::sqrt(sumOfSquares(values.data(), values.size()));
}

}  // namespace gflownet
