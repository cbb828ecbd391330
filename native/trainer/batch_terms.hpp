#pragma once

#include "model/flow_model.hpp"
#include "objective/edge_policy.hpp"
#include "objective/trajectory_terms.hpp"
#include "sampler/packed_batch.hpp"

namespace gflownet {

// Policies in the rows of a batch, and the terms of its trajectories that objectives are made of.
class BatchTerms {
 public:
  explicit BatchTerms(FlowModel& model) : model_(model) {}

  EdgePolicy forwardPolicy;
  EdgePolicy backwardPolicy;  // where P_B is learned

  // The policies in all rows, first of all; without `differentiate` only their logarithms.
  void computePolicies(const PackedBatch& batch, bool differentiate = true);
  // Appends the batch's trajectories to the terms.
  void collect(const PackedBatch& batch, double beta, TrajectoryTerms& terms) const;

 private:
  void collectTrajectory(const PackedBatch& batch, int b, double beta, int number, int start,
                         TrajectoryTerms& terms) const;

  FlowModel& model_;
};

}  // namespace gflownet
