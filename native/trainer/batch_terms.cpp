#include "trainer/batch_terms.hpp"

#include <algorithm>
#include <cmath>

namespace gflownet {
namespace {

// What one thread takes at a time. To wake another one for fewer transitions takes as long as to compute them.
constexpr int kRowRange = 256;
constexpr int kTransitionRange = 4096;

}  // namespace

void BatchTerms::computePolicies(const PackedBatch& batch, bool differentiate) {
  const bool learnedBackward = model_.backwardActions() > 0;
  forwardPolicy.begin(model_.rows(), model_.actions(), batch.allowed, differentiate);
  if (learnedBackward) {
    backwardPolicy.begin(model_.rows(), model_.backwardActions(), batch.backwardAllowed, differentiate);
  }
  model_.pool().forEachRange(model_.rows(), kRowRange, [&](int from, int to, int /*worker*/) {
    for (int row = from; row < to; row++) {
      forwardPolicy.computeRow(row, model_.forwardLogits(row));
      if (learnedBackward) backwardPolicy.computeRow(row, model_.backwardLogits(row));
    }
  });
}

void BatchTerms::collect(const PackedBatch& batch, double beta, TrajectoryTerms& terms) const {
  const int trajectories = terms.trajectories();
  const int transitions = terms.offset.back();
  terms.extend(batch.trajectories, batch.transitions, model_.hasStateFlow());
  const int ranges = std::max(1, batch.transitions / kTransitionRange);
  const int trajectoriesAtOnce = std::max(1, (batch.trajectories + ranges - 1) / ranges);
  model_.pool().forEachRange(batch.trajectories, trajectoriesAtOnce, [&](int from, int to, int /*worker*/) {
    for (int b = from; b < to; b++) {
      collectTrajectory(batch, b, beta, trajectories + b, transitions + batch.offset[b], terms);
    }
  });
}

// Writes trajectory b of the batch as trajectory `number` of the terms, its first transition at `start`.
void BatchTerms::collectTrajectory(const PackedBatch& batch, int b, double beta, int number, int start,
                                   TrajectoryTerms& terms) const {
  const int length = batch.offset[b + 1] - batch.offset[b];
  for (int t = 0; t < length; t++) {
    const int transition = batch.offset[b] + t;
    const int row = batch.stateRow[transition + b];
    const int childRow = batch.stateRow[transition + b + 1];
    terms.logPf[start + t] =
        forwardPolicy.logProbability(row, batch.forwardAction[transition], model_.forwardLogits(row));
    terms.logPb[start + t] = model_.backwardActions() == 0 || childRow < 0
                                 ? -std::log(static_cast<double>(batch.backwardCount[transition + b + 1]))
                                 : backwardPolicy.logProbability(childRow, batch.backwardAction[transition],
                                                                 model_.backwardLogits(childRow));
    if (model_.hasStateFlow()) terms.logF[start + number + t] = model_.logStateFlow(row);
  }
  terms.logReward[number] = beta * batch.logReward[b];
  if (model_.hasStateFlow()) terms.logF[start + number + length] = terms.logReward[number];
  terms.offset[number + 1] = start + length;
}

}  // namespace gflownet
