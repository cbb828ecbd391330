#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "model/softmax.hpp"

namespace gflownet {

// log-softmax of the allowed logits of each row, and its derivative: turns d loss / d log P(action | row) into
// d loss / d logits. Sums in double: parity asks for 1e-5.
class EdgePolicy {
 public:
  // Bytes that a row takes.
  static size_t bytesPerRow(int actions) { return (2 * static_cast<size_t>(actions) + 2) * sizeof(double); }

  // Makes room for the rows of a batch; computeRow() must follow for each. Without `differentiate` there are only
  // logarithms, no gradients.
  void begin(int rows, int actions, const std::vector<uint8_t>& allowed, bool differentiate = true) {
    actions_ = static_cast<size_t>(actions);
    allowed_ = allowed.data();
    differentiate_ = differentiate;
    logSum_.resize(static_cast<size_t>(rows));
    if (!differentiate) return;
    weight_.resize(static_cast<size_t>(rows) * actions_);
    gradient_.resize(static_cast<size_t>(rows) * actions_);
    total_.resize(static_cast<size_t>(rows));
  }

  // logits: [A]. Rows may be computed by several threads at once.
  void computeRow(int row, const float* logits) {
    const size_t start = static_cast<size_t>(row) * actions_;
    double* weight = differentiate_ ? weight_.data() + start : scratch(actions_);
    const auto [largest, sum] = softmaxWeights(logits, allowed_ + start, 1.0, weight, actions_);
    logSum_[row] = sum > 0 ? largest + std::log(sum) : -std::numeric_limits<double>::infinity();
    if (!differentiate_) return;
    const double scale = sum > 0 ? 1 / sum : 0.0;
    for (size_t a = 0; a < actions_; a++) weight[a] *= scale;
    std::fill_n(gradient_.data() + start, actions_, 0.0);
    total_[row] = 0;
  }

  // logsumexp of the allowed logits; -infinity for a row without any.
  double logSum(int row) const { return logSum_[row]; }

  double logProbability(int row, int action, const float* logits) const { return logits[action] - logSum_[row]; }

  // Adds d loss / d log P(action | row).
  void addGradient(int row, int action, double slope) {
    gradient_[static_cast<size_t>(row) * actions_ + static_cast<size_t>(action)] += slope;
    total_[row] += slope;
  }

  // Adds d loss / d logit directly (flow matching: logits are edge flows).
  void addLogitGradient(int row, int action, double slope) {
    gradient_[static_cast<size_t>(row) * actions_ + static_cast<size_t>(action)] += slope;
  }

  // Adds slope * d logSum(row) / d logits.
  void addLogSumGradient(int row, double slope) { total_[row] -= slope; }

  // Writes d loss / d logits of a row, [A].
  void write(int row, float* gradient) const {
    const size_t start = static_cast<size_t>(row) * actions_;
    for (size_t a = 0; a < actions_; a++) {
      gradient[a] = static_cast<float>(gradient_[start + a] - total_[row] * weight_[start + a]);
    }
  }

 private:
  // The calling thread's weights of one row.
  static double* scratch(size_t actions) {
    thread_local std::vector<double> weights;
    if (weights.size() < actions) weights.resize(actions);
    return weights.data();
  }

  size_t actions_ = 0;
  bool differentiate_ = true;
  const uint8_t* allowed_ = nullptr;
  std::vector<double> weight_;    // [R x A] softmax
  std::vector<double> logSum_;    // [R]
  std::vector<double> gradient_;  // [R x A] d loss / d log P, or d loss / d logit
  std::vector<double> total_;     // [R] sum of d loss / d log P
};

}  // namespace gflownet
