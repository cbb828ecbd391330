#pragma once

#include "objective/regression_loss.hpp"
#include "objective/trajectory_terms.hpp"

namespace gflownet {

// Log-partition variance (Zhang et al. 2023): trajectory balance with logZ = -mean(c), held fixed in the gradient.
struct VarGrad {
  RegressionLoss regressionLoss;

  // c[b] = sum_t (logPf - logPb)[t] - beta log R[b];  loss = mean_b g(c[b] - mean(c))
  void evaluate(const TrajectoryTerms& terms, TermGradients& gradients) const {
    gradients.reset(terms);
    const int count = terms.trajectories();
    const double mean = -logZ(terms);
    for (int b = 0; b < count; b++) {
      const double residual = deviation(terms, b) - mean;
      const double slope = regressionLoss.derivative(residual) / count;
      gradients.loss += regressionLoss.value(residual) / count;
      for (int t = terms.offset[b]; t < terms.offset[b + 1]; t++) {
        gradients.logPf[t] = slope;
        gradients.logPb[t] = -slope;
      }
    }
  }

  // The batch's estimate of logZ.
  static double logZ(const TrajectoryTerms& terms) {
    double sum = 0;
    for (int b = 0; b < terms.trajectories(); b++) sum -= deviation(terms, b);
    return sum / terms.trajectories();
  }

 private:
  static double deviation(const TrajectoryTerms& terms, int b) {
    double sum = -terms.logReward[b];
    for (int t = terms.offset[b]; t < terms.offset[b + 1]; t++) sum += terms.logPf[t] - terms.logPb[t];
    return sum;
  }
};

}  // namespace gflownet
