#pragma once

#include "objective/regression_loss.hpp"
#include "objective/trajectory_terms.hpp"

namespace gflownet {

// Bengio et al. 2023, equation 12.
struct DetailedBalance {
  double leafCoefficient = 1;  // weight of transitions into terminal states
  RegressionLoss regressionLoss;

  // residual[t] = logF(s_t) + logPf[t] - logF(s_{t+1}) - logPb[t];  mean over transitions
  void evaluate(const TrajectoryTerms& terms, TermGradients& gradients) const {
    gradients.reset(terms);
    const auto count = static_cast<double>(terms.logPf.size());
    for (int b = 0; b < terms.trajectories(); b++) {
      for (int t = terms.offset[b]; t < terms.offset[b + 1]; t++) {
        const double residual = terms.logF[t + b] + terms.logPf[t] - terms.logF[t + b + 1] - terms.logPb[t];
        const double weight = (t + 1 == terms.offset[b + 1] ? leafCoefficient : 1.0) / count;
        const double slope = weight * regressionLoss.derivative(residual);
        gradients.loss += weight * regressionLoss.value(residual);
        gradients.logPf[t] += slope;
        gradients.logPb[t] -= slope;
        gradients.logF[t + b] += slope;
        gradients.logF[t + b + 1] -= slope;
      }
    }
  }
};

}  // namespace gflownet
