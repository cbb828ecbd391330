#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "model/flow_model.hpp"
#include "objective/edge_policy.hpp"
#include "objective/trajectory_terms.hpp"
#include "optimizer/adam.hpp"
#include "sampler/sampler.hpp"
#include "trainer/profile.hpp"
#include "trainer/training_options.hpp"
#include "trainer/training_state.hpp"

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

// Terminal states that training has visited: src/trainer/engine.ts.
struct Visited {
  std::vector<int32_t> terminalState;  // [count x stateSize]
  std::vector<double> logReward;       // [count] at beta = 1
};

struct ObjectiveEvaluation {
  double loss;
  double gradientLogZ;
  std::vector<float> gradient;
  std::vector<double> logPf;  // [T]
  std::vector<double> logPb;  // [T]
};

// Trajectories with their log-probabilities under the unperturbed policy.
struct Trajectories {
  int count = 0;
  std::vector<int32_t> offset;
  std::vector<int32_t> forwardAction;
  std::vector<int32_t> terminalState;
  std::vector<double> logReward;
  std::vector<double> logPf;  // [N] sum over the trajectory
  std::vector<double> logPb;  // [N]
};

struct InitialFlow {
  double logStateFlow;  // NaN without a state-flow output
  double logSumExp;
};

// The loop: sample, score, evaluate the objective, differentiate, update. Not thread-safe: one thread at a time.
class Trainer {
 public:
  Trainer(std::unique_ptr<Sampler> sampler, std::unique_ptr<FlowModel> model, double logZ, size_t memoryBytes);

  int64_t steps() const { return steps_; }
  int64_t visits() const { return visits_; }
  double logZ() const { return logZ_; }
  const Profile& profile() const { return profile_; }
  // A copy; may be called from another thread while a step runs.
  std::vector<float> parameters() const;

  // Leaves parameters and counters as they were when it throws.
  StepReport step(const TrainingOptions& options);
  TrainingState state() const;
  // Goes on from a state. Throws ERR_CHECKPOINT for one of another number of parameters.
  void restore(const TrainingState& state);
  // Adds the objects of the last step.
  void appendVisited(Visited& all) const;

  Trajectories sampleForward(int count, uint64_t seed, uint64_t firstTrajectory);
  Trajectories sampleBackward(std::span<const int32_t> terminalStates, uint64_t seed, uint64_t firstTrajectory);
  ObjectiveEvaluation evaluateObjective(const TrainingOptions& options, std::span<const int32_t> offset,
                                        std::span<const int32_t> action);
  // The enumeration is made on the first call and kept. probability[i] belongs to its terminal state i.
  const Enumeration& enumeration(int64_t maximumStates);
  std::vector<double> exactDistribution(int64_t maximumStates);
  InitialFlow initialFlow();

 private:
  // A run of trajectories of a batch whose rows fit the memory together.
  struct Part {
    int first = 0;  // trajectory
    int count = 0;
    int firstTransition = 0;
    std::vector<int32_t> offset;  // [count + 1]
    std::vector<int32_t> action;
  };

  void checkModel(const TrainingOptions& options) const;
  void clearBatch();
  void sampleBatch(const TrainingOptions& options);
  void addPart(const TrainingOptions& options, int first);
  void resample(const TrainingOptions& options, const Part& part);
  // The loss over all parts; leaves its gradient in the model.
  double evaluateLoss(const TrainingOptions& options);
  double objectiveLogZ(const TrainingOptions& options) const;
  void computePolicies();
  void collectTerms(double beta);
  void collectTrajectory(int b, double beta, int number, int start);
  void addTermGradients(const Part& part);
  void writeGradients(int from, int to);
  void checkRewards(const TrainingOptions& options) const;
  void appendTrajectories(Trajectories& all);

  std::unique_ptr<Sampler> sampler_;
  std::unique_ptr<FlowModel> model_;
  mutable std::mutex updateMutex_;  // held while parameters change
  Adam adam_;
  ScalarAdam logZAdam_;
  double logZ_;
  int64_t steps_ = 0;
  int64_t visits_ = 0;
  Profile profile_;
  int maximumRows_;
  PackedBatch batch_;
  std::vector<Part> parts_;
  FlowMatching::Counts counts_;
  int rowsEvaluated_ = 0;
  double initialLogSum_ = 0;
  double initialLogStateFlow_ = 0;
  std::vector<double> stateFlowGradient_;  // [R]
  Visited visited_;                        // of the last batch
  EdgePolicy forwardPolicy_;
  EdgePolicy backwardPolicy_;
  TrajectoryTerms terms_;
  TermGradients termGradients_;
  std::unique_ptr<Enumeration> enumeration_;
};

}  // namespace gflownet
