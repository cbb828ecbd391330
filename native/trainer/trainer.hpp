#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "error.hpp"
#include "model/flow_model.hpp"
#include "objective/condition_groups.hpp"
#include "objective/trajectory_terms.hpp"
#include "optimizer/adam.hpp"
#include "sampler/sampler.hpp"
#include "trainer/batch_composer.hpp"
#include "trainer/batch_terms.hpp"
#include "trainer/condition_host.hpp"
#include "trainer/memory_budget.hpp"
#include "trainer/profile.hpp"
#include "trainer/reward_host.hpp"
#include "trainer/training_options.hpp"
#include "trainer/training_state.hpp"
#include "trainer/trajectory_sampler.hpp"

namespace gflownet {

// One optimiser update on one batch: src/trainer/engine.ts.
struct StepReport {
  int64_t step;
  int64_t visits;
  double loss;
  double logZ;
  double meanLogReward;
  double meanLength;
  int rows;
  double gradientNorm;
};

struct ObjectiveEvaluation {
  double loss;
  double gradientLogZ;
  std::vector<float> gradient;
  std::vector<double> logPf;  // [T]
  std::vector<double> logPb;  // [T]
};

struct InitialFlow {
  double logStateFlow;  // NaN without a state-flow output
  double logSumExp;
};

// The loop: sample, score, evaluate the objective, differentiate, update. Not thread-safe: one thread at a time.
class Trainer {
 public:
  // reward: null where the environment's own is used; may refer to the sampler. conditions: null where there are none,
  // or nothing is trained.
  Trainer(std::unique_ptr<Sampler> sampler, std::unique_ptr<FlowModel> model, double logZ, size_t memoryBytes,
          std::shared_ptr<RewardHost> reward, std::shared_ptr<ConditionHost> conditions);

  int64_t steps() const { return steps_; }
  int64_t visits() const { return visits_; }
  double logZ() const { return logZ_; }
  const Profile& profile() const { return profile_; }
  // A copy; may be called from another thread while a step runs.
  std::vector<float> parameters() const;

  // Leaves parameters and counters as they were when it throws.
  StepReport step(const TrainingOptions& options);
  // Rewards of batches ahead that have not come are asked for again.
  void forgetUnanswered() { composer_.forgetUnanswered(); }
  // After the last finished step, also while a step waits for the reward host.
  TrainingState state() const;
  // Goes on from a state. Throws ERR_CHECKPOINT for one of another number of parameters.
  void restore(const TrainingState& state);
  // Adds the objects that the last step built.
  void appendVisited(Visited& all) const;

  // Objects have the rewards of the reward host if it is immediate, else those of the environment. condition, here and
  // below: [conditionSize].
  Trajectories sampleForward(int count, uint64_t seed, uint64_t firstTrajectory, std::span<const int32_t> condition);
  Trajectories sampleBackward(std::span<const int32_t> terminalStates, uint64_t seed, uint64_t firstTrajectory);
  // conditions: [trajectories x conditionSize].
  ObjectiveEvaluation evaluateObjective(const TrainingOptions& options, std::span<const int32_t> offset,
                                        std::span<const int32_t> action, std::span<const int32_t> conditions);
  // The enumeration is made on the first call and kept. probability[i] belongs to its terminal state i.
  const Enumeration& enumeration(int64_t maximumStates, std::span<const int32_t> condition);
  std::vector<double> exactDistribution(int64_t maximumStates, std::span<const int32_t> condition);
  InitialFlow initialFlow(std::span<const int32_t> condition);
  // log R of terminal states by the reward host, at beta = 1.
  std::vector<double> score(const std::vector<int32_t>& terminalStates);
  // What to throw instead of std::bad_alloc: the sizes at hand, and what to change.
  Error outOfMemory() const;

 private:
  // A run of trajectories of a batch whose rows fit the memory together.
  struct Part {
    int first = 0;  // trajectory
    int count = 0;
    int firstTransition = 0;
    std::vector<int32_t> offset;  // [count + 1]
    std::vector<int32_t> action;
    std::vector<int32_t> condition;
    std::vector<double> logReward;
  };

  void checkModel(const TrainingOptions& options) const;
  void clearBatch();
  void sampleBatch(const TrainingOptions& options, const BatchPlan& plan);
  bool samplePart(const TrainingOptions& options, const BatchPlan& plan, int first, int count);
  void scorePart(const BatchPlan& plan, int first);
  void addPart(const TrainingOptions& options, int first);
  void addInitialFlows();
  void addVisited(const BatchPlan& plan, int first);
  void resample(const TrainingOptions& options, const Part& part);
  // The loss over all parts; leaves its gradient in the model.
  double evaluateLoss(const TrainingOptions& options);
  double objectiveLogZ(const TrainingOptions& options) const;
  void addTermGradients(const Part& part);
  void writeGradients(int from, int to);
  void checkRewards(const TrainingOptions& options) const;
  Trajectories withRewards(Trajectories sampled);

  std::unique_ptr<Sampler> sampler_;
  std::unique_ptr<FlowModel> model_;
  mutable std::mutex updateMutex_;  // held while parameters change
  Adam adam_;
  ScalarAdam logZAdam_;
  double logZ_;
  int64_t steps_ = 0;
  int64_t visits_ = 0;
  Profile profile_;
  MemoryBudget memory_;
  TrajectorySampler trajectorySampler_;
  std::shared_ptr<RewardHost> reward_;
  BatchComposer composer_;
  PackedBatch batch_;
  std::vector<Part> parts_;
  FlowMatching::Counts counts_;
  int rowsEvaluated_ = 0;
  // Of the initial state, with conditions the mean over the batch's trajectories.
  double initialLogSum_ = 0;
  double initialLogStateFlow_ = 0;
  int initialStates_ = 0;
  ConditionGroups groups_;
  std::vector<double> stateFlowGradient_;  // [R]
  Visited visited_;                        // of the last batch
  BatchTerms batchTerms_;
  TrajectoryTerms terms_;
  TermGradients termGradients_;
  std::unique_ptr<Enumeration> enumeration_;
};

}  // namespace gflownet
