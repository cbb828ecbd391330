#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "replay/replay_buffer.hpp"
#include "trainer/batch_plan.hpp"
#include "trainer/condition_source.hpp"
#include "trainer/local_search.hpp"
#include "trainer/reward_host.hpp"
#include "trainer/training_options.hpp"
#include "trainer/training_state.hpp"
#include "trainer/trajectory_sampler.hpp"

namespace gflownet {

// Terminal states that training has visited: src/trainer/engine.ts.
struct Visited {
  std::vector<int32_t> terminalState;  // [count x stateSize]
  std::vector<double> logReward;       // [count] at beta = 1
};

// Decides what each batch holds: trajectories of the policy, of objects replayed or given, of local search; and, where
// rewards may come late, which of the batches sampled is trained on next.
class BatchComposer {
 public:
  // conditions: null without conditions.
  BatchComposer(Sampler& sampler, FlowModel& model, const MemoryBudget& memory, std::shared_ptr<RewardHost> reward,
                std::shared_ptr<ConditionHost> conditions);

  // The plan of step `step`. The objects that local search scored are added to `searched`. What a step did that did not
  // end well is undone first.
  BatchPlan next(const TrainingOptions& options, int64_t step, Visited& searched);
  // After a step that succeeded: what it visited goes to the replay buffer, and its batch is not ahead any more.
  void keep(const Visited& visited);
  // Batches ahead whose rewards have not come ask for them again.
  void forgetUnanswered();

  // As it was after the last step that succeeded, also while another one is under way.
  OffPolicyState state() const;
  // Throws ERR_CHECKPOINT for arrays that do not fit together.
  void restore(const OffPolicyState& state);

  // log R of terminal states: the reward's if there is one, else as the environment has them.
  std::vector<double> score(const std::vector<int32_t>& terminalStates, const std::vector<double>& logReward);

 private:
  // A batch sampled ahead whose rewards are under way; null: they must be asked for again.
  struct Ahead {
    BatchPlan plan;
    std::vector<int32_t> terminalState;
    std::unique_ptr<RewardQuestion> question;
  };

  BatchPlan compose(const TrainingOptions& options, int64_t batch, Visited& searched);
  static std::vector<int32_t> drawConditions(const TrainingOptions& options, std::optional<ConditionSource>& source,
                                             int64_t batch, int count, uint64_t first);
  void addReplayed(const TrainingOptions& options, int64_t batch, BatchPlan& plan);
  void addFromDataset(const TrainingOptions& options, int64_t batch, BatchPlan& plan);
  void addSearched(const TrainingOptions& options, int64_t batch, BatchPlan& plan, Visited& searched);
  void addBackward(const TrainingOptions& options, const std::vector<int32_t>& terminalStates,
                   const std::vector<double>& logReward, uint64_t firstTrajectory, BatchPlan& plan);
  Ahead sampleAhead(const TrainingOptions& options, int64_t batch, Visited& searched);
  void prepareReplay(const TrainingOptions& options);

  Sampler& sampler_;
  TrajectorySampler trajectorySampler_;
  std::shared_ptr<RewardHost> reward_;
  std::optional<ConditionSource> drawnConditions_;     // of the policy's trajectories
  std::optional<ConditionSource> searchedConditions_;  // of those that local search begins with
  std::optional<ReplayBuffer> replay_;
  std::optional<OffPolicyState> restored_;  // of a replay buffer that is still to be made
  std::deque<Ahead> ahead_;
  size_t settled_ = 0;  // batches ahead after the last step that succeeded
};

}  // namespace gflownet
