#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "model/flow_model.hpp"
#include "sampler/enumeration.hpp"
#include "sampler/packed_batch.hpp"
#include "sampler/philox.hpp"
#include "sampler/recorded_trajectories.hpp"

namespace gflownet {

constexpr int kUnlimitedRows = std::numeric_limits<int>::max() - 1;

struct ForwardRequest {
  int count;
  RandomStream random;
  uint64_t firstTrajectory;
  double exploration = 0;  // epsilon: probability of a uniformly drawn action
  double temperature = 1;  // divides the logits of the behaviour policy
  int maximumRows = kUnlimitedRows;
  // Actions that trajectories begin with, before the policy draws: [count + 1] and the actions; empty for none.
  std::span<const int32_t> givenOffset = {};
  std::span<const int32_t> givenAction = {};
  std::span<const int32_t> condition = {};  // [count x conditionSize]; empty: zeros
};

struct BackwardRequest {
  std::span<const int32_t> terminalStates;  // [N x stateSize]
  RandomStream random;
  uint64_t firstTrajectory;
  int maximumRows = kUnlimitedRows;
};

struct ReplayRequest {
  std::span<const int32_t> offset;  // [N + 1]
  std::span<const int32_t> action;
  std::span<const int32_t> condition;  // [N x conditionSize]; empty: zeros
  int maximumRows = kUnlimitedRows;
};

// Batched trajectories of one environment. All of a batch advance together; every distinct state is evaluated once.
// Methods that return bool leave the batch unusable and return false when it needs more than maximumRows rows.
class Sampler {
 public:
  virtual ~Sampler() = default;

  virtual int stateSize() const = 0;
  // Integers at the end of a state that are its condition.
  virtual int conditionSize() const = 0;
  // Bytes that a row takes in the sampler and in the batch that it fills, with any objective.
  virtual size_t bytesPerRow(const FlowModel& model) const = 0;
  // Throws ERR_MODEL_ENVIRONMENT when the model's inputs or outputs do not have the environment's sizes.
  virtual void checkModel(const FlowModel& model) const = 0;
  virtual bool sampleForward(FlowModel& model, const ForwardRequest& request, PackedBatch& batch) = 0;
  // Trajectories to the given terminal states, drawn backward from P_B; the batch is not usable afterwards.
  virtual bool traceBackward(FlowModel& model, const BackwardRequest& request, PackedBatch& batch,
                             RecordedTrajectories& trajectories) = 0;
  // Trajectories with given actions. Throws ERR_ARGUMENT when an action is not allowed or a trajectory does not end.
  virtual bool replay(FlowModel& model, const ReplayRequest& request, PackedBatch& batch) = 0;
  // Fills batch.parents, evaluating the parents that no trajectory passed.
  virtual bool addParents(FlowModel& model, int maximumRows, PackedBatch& batch) = 0;
  virtual int observationWidth() const = 0;
  // What the environment shows of terminal states: [N x observationWidth]. Throws ERR_ARGUMENT where one is none that a
  // host knows.
  virtual std::vector<int32_t> observe(std::span<const int32_t> terminalStates) = 0;
  // log R of a terminal state from what it is without a temperature that is its condition.
  virtual double conditionedLogReward(double own, std::span<const int32_t> terminalState) const = 0;
  // Every state, edge and terminal state, with a condition of zeros. Throws ERR_NOT_ENUMERABLE beyond maximumStates
  // states.
  virtual Enumeration enumerate(int64_t maximumStates) = 0;
  // Gives all states of the graph another condition: [conditionSize]. Edges do not depend on it.
  virtual void setCondition(Enumeration& graph, std::span<const int32_t> condition) const = 0;
};

}  // namespace gflownet
