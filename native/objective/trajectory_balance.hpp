#pragma once

#include "objective/regression_loss.hpp"
#include "objective/trajectory_terms.hpp"

namespace gflownet {

// Malkin et al. 2022, equation 14. With conditions, log Z(c) is the parameter plus log F(s0 | c).
struct TrajectoryBalance {
  RegressionLoss regressionLoss;

  // residual[b] = logZ + sum_t (logPf - logPb)[t] - beta log R[b],  t in [offset[b], offset[b + 1]);  mean over b
  void evaluate(const TrajectoryTerms& terms, TermGradients& gradients) const {
    gradients.reset(terms);
    const int count = terms.trajectories();
    for (int b = 0; b < count; b++) {
      const int initial = terms.offset[b] + b;
      double residual = terms.logZ - terms.logReward[b];
      if (terms.conditional) residual += terms.logF[initial];
      for (int t = terms.offset[b]; t < terms.offset[b + 1]; t++) residual += terms.logPf[t] - terms.logPb[t];
      const double slope = regressionLoss.derivative(residual) / count;
      gradients.loss += regressionLoss.value(residual) / count;
      gradients.logZ += slope;
      if (terms.conditional) gradients.logF[initial] += slope;
      for (int t = terms.offset[b]; t < terms.offset[b + 1]; t++) {
        gradients.logPf[t] = slope;
        gradients.logPb[t] = -slope;
      }
    }
  }
};

}  // namespace gflownet
