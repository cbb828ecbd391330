#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/flow_model.hpp"
#include "objective/edge_policy.hpp"
#include "objective/regression_loss.hpp"
#include "sampler/packed_batch.hpp"

namespace gflownet {

// Bengio et al. 2021, equation 12: inflow against outflow of every visited state, in logs with epsilon inside. The
// logits are log edge flows.
struct FlowMatching {
  enum class Weighting { mean, balanced };
  double flowEpsilon = 0;
  double leafCoefficient = 1;
  Weighting weighting = Weighting::mean;
  RegressionLoss regressionLoss;

  // Visited states of a batch, occurrences counted: the loss' normalisers.
  struct Counts {
    double interior = 0;
    double terminal = 0;
  };

  static Counts counts(const PackedBatch& batch) {
    return {static_cast<double>(batch.transitions - batch.trajectories), static_cast<double>(batch.trajectories)};
  }

  // Returns the loss of this part of a batch, `counts` those of the whole; adds d loss / d logits to the policy.
  // logits(row) points to [A] floats.
  template <class Logits>
  double evaluate(const PackedBatch& batch, const Counts& counts, double beta, const Logits& logits,
                  EdgePolicy& policy) const {
    double loss = 0;
    const double interiorWeight =
        1 / (weighting == Weighting::mean ? counts.interior + counts.terminal : std::max(counts.interior, 1.0));
    const double terminalWeight =
        leafCoefficient / (weighting == Weighting::mean ? counts.interior + counts.terminal : counts.terminal);
    const ParentLists& parents = batch.parents;
    for (int row = 0; row < parents.visitedRows; row++) {
      if (parents.offset[row] == parents.offset[row + 1]) continue;  // the initial state
      const double in = logInflow(parents, row, logits);
      const double out = policy.logSum(row);
      const double residual = withEpsilon(in) - withEpsilon(out);
      const double weight = interiorWeight * parents.multiplicity[row];
      const double slope = weight * regressionLoss.derivative(residual);
      loss += weight * regressionLoss.value(residual);
      addInflowGradient(parents, row, slope, in, logits, policy);
      policy.addLogSumGradient(row, -slope * share(out, out));
    }
    for (int b = 0; b < batch.trajectories; b++) {
      const int node = parents.visitedRows + b;
      const double in = logInflow(parents, node, logits);
      const double residual = withEpsilon(in) - withEpsilon(beta * batch.logReward[b]);
      const double slope = terminalWeight * regressionLoss.derivative(residual);
      loss += terminalWeight * regressionLoss.value(residual);
      addInflowGradient(parents, node, slope, in, logits, policy);
    }
    return loss;
  }

 private:
  // log(epsilon + e^x)
  double withEpsilon(double x) const {
    if (flowEpsilon == 0) return x;
    const double logEpsilon = std::log(flowEpsilon);
    const double largest = std::max(x, logEpsilon);
    return largest + std::log(std::exp(x - largest) + std::exp(logEpsilon - largest));
  }

  // e^edge / (epsilon + e^total): the derivative of withEpsilon(total) by one of its edges.
  double share(double edge, double total) const { return std::exp(edge - withEpsilon(total)); }

  template <class Logits>
  static double logInflow(const ParentLists& parents, int node, const Logits& logits) {
    double largest = -std::numeric_limits<double>::infinity();
    for (int edge = parents.offset[node]; edge < parents.offset[node + 1]; edge++) {
      largest = std::max(largest, double{logits(parents.row[edge])[parents.action[edge]]});
    }
    double sum = 0;
    for (int edge = parents.offset[node]; edge < parents.offset[node + 1]; edge++) {
      sum += std::exp(logits(parents.row[edge])[parents.action[edge]] - largest);
    }
    return largest + std::log(sum);
  }

  template <class Logits>
  void addInflowGradient(const ParentLists& parents, int node, double slope, double total, const Logits& logits,
                         EdgePolicy& policy) const {
    for (int edge = parents.offset[node]; edge < parents.offset[node + 1]; edge++) {
      const double flow = logits(parents.row[edge])[parents.action[edge]];
      policy.addLogitGradient(parents.row[edge], parents.action[edge], slope * share(flow, total));
    }
  }
};

}  // namespace gflownet
