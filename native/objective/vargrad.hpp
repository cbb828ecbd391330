#pragma once

#include <vector>

#include "objective/regression_loss.hpp"
#include "objective/trajectory_terms.hpp"

namespace gflownet {

// Log-partition variance (Zhang et al. 2023): trajectory balance with logZ = -mean(c), held fixed in the gradient. The
// mean is over the trajectories of the same condition.
struct VarGrad {
  RegressionLoss regressionLoss;

  // c[b] = sum_t (logPf - logPb)[t] - beta log R[b];  loss = mean_b g(c[b] - mean of c over the group of b)
  void evaluate(const TrajectoryTerms& terms, TermGradients& gradients) const {
    gradients.reset(terms);
    const int count = terms.trajectories();
    const std::vector<double> mean = groupMeans(terms);
    for (int b = 0; b < count; b++) {
      const double residual = deviation(terms, b) - mean[terms.group[b]];
      const double slope = regressionLoss.derivative(residual) / count;
      gradients.loss += regressionLoss.value(residual) / count;
      for (int t = terms.offset[b]; t < terms.offset[b + 1]; t++) {
        gradients.logPf[t] = slope;
        gradients.logPb[t] = -slope;
      }
    }
  }

  // The batch's estimate of logZ, the mean over its trajectories.
  static double logZ(const TrajectoryTerms& terms) {
    double sum = 0;
    for (int b = 0; b < terms.trajectories(); b++) sum -= deviation(terms, b);
    return sum / terms.trajectories();
  }

 private:
  static std::vector<double> groupMeans(const TrajectoryTerms& terms) {
    std::vector<double> mean(static_cast<size_t>(terms.groups), 0.0);
    std::vector<int> count(static_cast<size_t>(terms.groups), 0);
    for (int b = 0; b < terms.trajectories(); b++) {
      mean[terms.group[b]] += deviation(terms, b);
      count[terms.group[b]]++;
    }
    for (size_t group = 0; group < mean.size(); group++) mean[group] /= count[group];
    return mean;
  }

  static double deviation(const TrajectoryTerms& terms, int b) {
    double sum = -terms.logReward[b];
    for (int t = terms.offset[b]; t < terms.offset[b + 1]; t++) sum += terms.logPf[t] - terms.logPb[t];
    return sum;
  }
};

}  // namespace gflownet
