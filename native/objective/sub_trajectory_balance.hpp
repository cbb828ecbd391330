#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "objective/regression_loss.hpp"
#include "objective/trajectory_terms.hpp"

namespace gflownet {

// Madan et al. 2023, equation 10, and the other weightings in use: src/objective/objective.ts defines each.
struct SubTrajectoryBalance {
  enum class Weighting {
    geometricWithin,
    geometric,
    equalWithin,
    equal,
    trajectoryBalance,
    detailedBalance,
    modifiedDetailedBalance
  };
  Weighting weighting = Weighting::geometricWithin;
  double lambda = 0.9;
  RegressionLoss regressionLoss;

  // residual of i < j: logF(s_i) + sum_{t in [i, j)} (logPf - logPb)[t] - logF(s_j). With
  // potential[t] = logF(s_t) - sum_{u < t} (logPf - logPb)[u] this is potential[i] - potential[j].
  void evaluate(const TrajectoryTerms& terms, TermGradients& gradients) const {
    gradients.reset(terms);
    weights(terms);
    for (int b = 0; b < terms.trajectories(); b++) evaluateTrajectory(terms, b, gradients);
  }

 private:
  static int length(const TrajectoryTerms& terms, int b) { return terms.offset[b + 1] - terms.offset[b]; }

  // batchWeights_[k]: weight of each sub-trajectory of length k, for the weightings that do not depend on the
  // trajectory.
  void weights(const TrajectoryTerms& terms) const {
    int longest = 0;
    for (int b = 0; b < terms.trajectories(); b++) longest = std::max(longest, length(terms, b));
    std::vector<double> occurrences(static_cast<size_t>(longest) + 1, 0.0);
    for (int b = 0; b < terms.trajectories(); b++) {
      for (int k = 1; k <= length(terms, b); k++) occurrences[k] += length(terms, b) - k + 1;
    }
    batchWeights_.assign(static_cast<size_t>(longest) + 1, 0.0);
    if (weighting == Weighting::geometric) {
      double total = 0;
      for (int k = 1; k <= longest; k++) total += power(k, longest);
      for (int k = 1; k <= longest; k++) batchWeights_[k] = power(k, longest) / total / occurrences[k];
    } else if (weighting == Weighting::equal) {
      double total = 0;
      for (const double count : occurrences) total += count;
      for (int k = 1; k <= longest; k++) batchWeights_[k] = 1 / total;
    } else if (weighting == Weighting::detailedBalance && longest > 0) {
      batchWeights_[1] = 1 / occurrences[1];
    }
  }

  // lambda^k up to a factor that normalisation takes out: exponents of large powers stay at or below 0.
  double power(int k, int longest) const { return std::pow(lambda, lambda > 1 ? k - longest : k - 1); }

  // Weight of each sub-trajectory of length k in a trajectory of length n.
  double weight(int k, int n, double normaliser, int count) const {
    switch (weighting) {
      case Weighting::geometricWithin:
        return power(k, n) / normaliser / count;
      case Weighting::equalWithin:
        return 2.0 / (double(n) * (n + 1)) / count;
      case Weighting::trajectoryBalance:
        return k == n ? 1.0 / count : 0.0;
      case Weighting::modifiedDetailedBalance:
        return k == 1 ? 1.0 / n / count : 0.0;
      default:
        return batchWeights_[k];
    }
  }

  void evaluateTrajectory(const TrajectoryTerms& terms, int b, TermGradients& gradients) const {
    const int n = length(terms, b);
    const int start = terms.offset[b];
    potential_.resize(static_cast<size_t>(n) + 1);
    double sum = 0;
    for (int t = 0; t <= n; t++) {
      potential_[t] = terms.logF[start + b + t] - sum;
      if (t < n) sum += terms.logPf[start + t] - terms.logPb[start + t];
    }
    double normaliser = 0;
    if (weighting == Weighting::geometricWithin) {
      for (int k = 1; k <= n; k++) normaliser += (n - k + 1) * power(k, n);
    }
    // slopes_[t]: d loss / d potential[t]
    slopes_.assign(static_cast<size_t>(n) + 1, 0.0);
    for (int k = 1; k <= n; k++) {
      const double weightOfLength = weight(k, n, normaliser, terms.trajectories());
      if (weightOfLength == 0) continue;
      for (int i = 0; i + k <= n; i++) {
        const double residual = potential_[i] - potential_[i + k];
        const double slope = weightOfLength * regressionLoss.derivative(residual);
        gradients.loss += weightOfLength * regressionLoss.value(residual);
        slopes_[i] += slope;
        slopes_[i + k] -= slope;
      }
    }
    // potential[t] holds -(logPf - logPb)[u] for every u < t.
    double later = 0;
    for (int t = n; t >= 0; t--) {
      gradients.logF[start + b + t] += slopes_[t];
      if (t < n) {
        gradients.logPf[start + t] -= later;
        gradients.logPb[start + t] += later;
      }
      later += slopes_[t];
    }
  }

  mutable std::vector<double> batchWeights_;
  mutable std::vector<double> potential_;
  mutable std::vector<double> slopes_;
};

}  // namespace gflownet
