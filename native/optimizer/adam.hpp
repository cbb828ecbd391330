#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gflownet {

// Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's AdamW.
struct AdamSettings {
  double learningRate;
  double weightDecay = 0;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

// Over one flat buffer of parameters.
class Adam {
 public:
  explicit Adam(size_t parameters) : mean_(parameters, 0.0F), square_(parameters, 0.0F) {}

  // Update number `step`, from 1. The gradient is multiplied by `scale` first (clipping).
  void update(std::vector<float>& parameters, const std::vector<float>& gradient, double scale, int64_t step,
              const AdamSettings& settings);

  const std::vector<float>& mean() const { return mean_; }
  const std::vector<float>& square() const { return square_; }
  // Moments that former updates left, one a parameter.
  void restore(const std::vector<float>& mean, const std::vector<float>& square) {
    mean_ = mean;
    square_ = square;
  }

 private:
  std::vector<float> mean_;
  std::vector<float> square_;
};

// The same for one number, in double and without weight decay: logZ.
class ScalarAdam {
 public:
  double update(double value, double gradient, int64_t step, const AdamSettings& settings) {
    mean_ += (1 - settings.beta1) * (gradient - mean_);
    square_ = settings.beta2 * square_ + (1 - settings.beta2) * gradient * gradient;
    const auto count = static_cast<double>(step);
    const double corrected = std::sqrt(square_) / std::sqrt(1 - std::pow(settings.beta2, count));
    return value -
           settings.learningRate / (1 - std::pow(settings.beta1, count)) * mean_ / (corrected + settings.epsilon);
  }

  double mean() const { return mean_; }
  double square() const { return square_; }
  void restore(double mean, double square) {
    mean_ = mean;
    square_ = square;
  }

 private:
  double mean_ = 0;
  double square_ = 0;
};

// Euclidean norm, summed in double.
double norm(const std::vector<float>& values);

}  // namespace gflownet
