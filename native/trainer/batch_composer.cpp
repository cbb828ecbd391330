#include "trainer/batch_composer.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "error.hpp"

namespace gflownet {
namespace {

// Numbers of the dataset's draws and trajectories: the replay buffer's are below.
constexpr uint64_t kDatasetNumbers = uint64_t{1} << 52U;
// Numbers of the conditions that local search begins with: those of the policy's trajectories are below.
constexpr uint64_t kSearchedConditions = uint64_t{1} << 52U;

int64_t sum(const std::vector<int32_t>& values) {
  int64_t total = 0;
  for (const int32_t value : values) {
    if (value < 0) return -1;
    total += value;
  }
  return total;
}

void checkState(const OffPolicyState& state, size_t stateSize, size_t conditionSize) {
  const size_t objects = state.replayLogReward.size();
  const size_t trajectories = state.aheadLength.size();
  const bool replayFits = state.replayTerminalState.size() == objects * stateSize &&
                          (state.replayAge.size() == objects + 1 || (objects == 0 && state.replayAge.empty()));
  bool aheadFits =
      state.aheadRecorded.size() == state.aheadDrawn.size() &&
      sum(state.aheadRecorded) == static_cast<int64_t>(trajectories) &&
      sum(state.aheadLength) == static_cast<int64_t>(state.aheadAction.size()) &&
      state.aheadLogReward.size() == trajectories && state.aheadFresh.size() == trajectories &&
      state.aheadCondition.size() == trajectories * conditionSize &&
      sum(state.aheadDrawn) * static_cast<int64_t>(stateSize) == static_cast<int64_t>(state.aheadTerminalState.size());
  for (size_t i = 0; aheadFits && i < state.aheadDrawn.size(); i++) {
    aheadFits = state.aheadDrawn[i] <= state.aheadRecorded[i];
  }
  if (replayFits && aheadFits) return;
  throw Error("ERR_CHECKPOINT", "state: expected sections of a replay buffer and of batches ahead that fit together");
}

}  // namespace

BatchComposer::BatchComposer(Sampler& sampler, FlowModel& model, const MemoryBudget& memory,
                             std::shared_ptr<RewardHost> reward, std::shared_ptr<ConditionHost> conditions)
    : sampler_(sampler), trajectorySampler_(sampler, model, memory), reward_(std::move(reward)) {
  if (!conditions) return;
  drawnConditions_.emplace(conditions, sampler.conditionSize());
  searchedConditions_.emplace(std::move(conditions), sampler.conditionSize());
}

BatchPlan BatchComposer::next(const TrainingOptions& options, int64_t step, Visited& searched) {
  prepareReplay(options);
  ahead_.resize(settled_);
  const auto delay = static_cast<size_t>(options.offPolicy.rewardDelay);
  if (delay == 0 && ahead_.empty()) return compose(options, step, searched);
  while (ahead_.size() <= delay) {
    ahead_.push_back(sampleAhead(options, step + static_cast<int64_t>(ahead_.size()), searched));
  }
  Ahead& first = ahead_.front();
  BatchPlan plan = first.plan;
  plan.forward = 0;
  if (reward_) {
    if (!first.question) first.question = reward_->ask(first.terminalState, first.plan.forward);
    // A question that failed is asked again by the next step.
    const std::unique_ptr<RewardQuestion> question = std::move(first.question);
    const std::vector<double> logReward = question->wait();
    std::copy(logReward.begin(), logReward.end(), plan.logReward.begin());
  }
  return plan;
}

void BatchComposer::forgetUnanswered() {
  for (Ahead& ahead : ahead_) {
    if (ahead.question && !ahead.question->answered()) ahead.question.reset();
  }
}

void BatchComposer::keep(const Visited& visited) {
  if (!ahead_.empty()) ahead_.pop_front();
  settled_ = ahead_.size();
  if (!replay_) return;
  const auto stateSize = static_cast<size_t>(sampler_.stateSize());
  for (size_t i = 0; i < visited.logReward.size(); i++) {
    replay_->add(stateOf(visited.terminalState, i, stateSize), visited.logReward[i]);
  }
}

std::vector<double> BatchComposer::score(const std::vector<int32_t>& terminalStates,
                                         const std::vector<double>& logReward) {
  if (!reward_) return logReward;
  return reward_->ask(terminalStates, static_cast<int>(logReward.size()))->wait();
}

void BatchComposer::prepareReplay(const TrainingOptions& options) {
  const auto& wanted = options.offPolicy.replay;
  if (!wanted) {
    replay_.reset();
  } else if (!replay_ || !(replay_->options() == *wanted)) {
    replay_.emplace(*wanted, static_cast<size_t>(sampler_.stateSize()), options.seed);
    if (restored_) {
      replay_->restore(restored_->replayTerminalState, restored_->replayLogReward, restored_->replayAge);
      restored_.reset();
    }
  }
}

OffPolicyState BatchComposer::state() const {
  OffPolicyState state;
  if (replay_) {
    state.replayTerminalState = replay_->states();
    state.replayLogReward = replay_->logRewards();
    state.replayAge = replay_->ages();
  } else if (restored_) {
    state = *restored_;
  }
  for (size_t batch = 0; batch < settled_; batch++) {
    const Ahead& ahead = ahead_[batch];
    const BatchPlan& plan = ahead.plan;
    state.aheadDrawn.push_back(plan.forward);
    state.aheadRecorded.push_back(plan.recorded.count());
    for (int i = 0; i < plan.recorded.count(); i++) {
      const auto actions = plan.recorded.actions(i);
      state.aheadLength.push_back(static_cast<int32_t>(actions.size()));
      state.aheadAction.insert(state.aheadAction.end(), actions.begin(), actions.end());
      state.aheadLogReward.push_back(plan.logReward[i]);
      state.aheadFresh.push_back(plan.fresh[i]);
    }
    state.aheadCondition.insert(state.aheadCondition.end(), plan.recorded.condition.begin(),
                                plan.recorded.condition.end());
    state.aheadTerminalState.insert(state.aheadTerminalState.end(), ahead.terminalState.begin(),
                                    ahead.terminalState.end());
  }
  return state;
}

void BatchComposer::restore(const OffPolicyState& state) {
  const auto stateSize = static_cast<size_t>(sampler_.stateSize());
  const auto conditionSize = static_cast<size_t>(sampler_.conditionSize());
  checkState(state, stateSize, conditionSize);
  replay_.reset();
  restored_.reset();
  if (!state.replayAge.empty()) {
    restored_ = OffPolicyState{};
    restored_->replayTerminalState = state.replayTerminalState;
    restored_->replayLogReward = state.replayLogReward;
    restored_->replayAge = state.replayAge;
  }
  ahead_.clear();
  size_t trajectory = 0;
  auto action = state.aheadAction.begin();
  auto terminal = state.aheadTerminalState.begin();
  for (size_t batch = 0; batch < state.aheadDrawn.size(); batch++) {
    Ahead ahead;
    ahead.plan.forward = state.aheadDrawn[batch];
    ahead.plan.conditionSize = sampler_.conditionSize();
    for (int i = 0; i < state.aheadRecorded[batch]; i++, trajectory++) {
      const auto end = action + state.aheadLength[trajectory];
      ahead.plan.append(std::span(action, end), stateOf(state.aheadCondition, trajectory, conditionSize),
                        state.aheadLogReward[trajectory], state.aheadFresh[trajectory] != 0);
      action = end;
    }
    const auto end = terminal + static_cast<ptrdiff_t>(static_cast<size_t>(ahead.plan.forward) * stateSize);
    ahead.terminalState.assign(terminal, end);
    terminal = end;
    ahead_.push_back(std::move(ahead));
  }
  settled_ = ahead_.size();
}

BatchPlan BatchComposer::compose(const TrainingOptions& options, int64_t batch, Visited& searched) {
  BatchPlan plan;
  plan.forward = options.batchSize;
  plan.firstTrajectory = static_cast<uint64_t>(batch) * static_cast<uint64_t>(options.batchSize);
  plan.conditionSize = sampler_.conditionSize();
  plan.condition = drawConditions(options, drawnConditions_, batch, options.batchSize, 0);
  addReplayed(options, batch, plan);
  addFromDataset(options, batch, plan);
  addSearched(options, batch, plan, searched);
  return plan;
}

// Conditions of `count` trajectories, trajectoriesPerCondition of them alike; their numbers begin at `first`.
std::vector<int32_t> BatchComposer::drawConditions(const TrainingOptions& options,
                                                   std::optional<ConditionSource>& source, int64_t batch, int count,
                                                   uint64_t first) {
  std::vector<int32_t> conditions;
  if (!source) return conditions;
  const int alike = options.trajectoriesPerCondition;
  const uint64_t number = first + static_cast<uint64_t>(batch) * static_cast<uint64_t>((count + alike - 1) / alike);
  for (int b = 0; b < count; b++) {
    const auto condition = source->at(options.seed, number + static_cast<uint64_t>(b / alike));
    conditions.insert(conditions.end(), condition.begin(), condition.end());
  }
  return conditions;
}

void BatchComposer::addReplayed(const TrainingOptions& options, int64_t batch, BatchPlan& plan) {
  if (!replay_ || options.offPolicy.replayed == 0) return;
  const uint64_t number = static_cast<uint64_t>(batch) * static_cast<uint64_t>(options.offPolicy.replayed);
  std::vector<int32_t> states;
  std::vector<double> logReward;
  for (const int i : replay_->draw(options.offPolicy.replayed, {options.seed, Purpose::replay}, number)) {
    const auto state = replay_->state(i);
    states.insert(states.end(), state.begin(), state.end());
    logReward.push_back(replay_->logReward(i));
  }
  addBackward(options, states, logReward, number, plan);
}

void BatchComposer::addFromDataset(const TrainingOptions& options, int64_t batch, BatchPlan& plan) {
  const int count = options.offPolicy.fromDataset;
  if (count == 0) return;
  const Dataset& dataset = *options.offPolicy.dataset;
  const auto stateSize = static_cast<size_t>(sampler_.stateSize());
  const auto size = static_cast<int>(dataset.logReward.size());
  const RandomStream random{options.seed, Purpose::replay};
  const uint64_t number = kDatasetNumbers + static_cast<uint64_t>(batch) * static_cast<uint64_t>(count);
  std::vector<int32_t> states;
  std::vector<double> logReward;
  for (int i = 0; i < count; i++) {
    const double uniform = random.uniform(number + static_cast<uint64_t>(i), 0);
    const int drawn = std::min(static_cast<int>(uniform * size), size - 1);
    const auto state = stateOf(dataset.terminalState, static_cast<size_t>(drawn), stateSize);
    states.insert(states.end(), state.begin(), state.end());
    logReward.push_back(dataset.logReward[drawn]);
  }
  addBackward(options, states, logReward, number, plan);
}

void BatchComposer::addBackward(const TrainingOptions& options, const std::vector<int32_t>& terminalStates,
                                const std::vector<double>& logReward, uint64_t firstTrajectory, BatchPlan& plan) {
  if (logReward.empty()) return;
  const Trajectories trajectories =
      trajectorySampler_.backward({terminalStates, {options.seed, Purpose::offPolicy}, firstTrajectory});
  for (int b = 0; b < trajectories.count; b++) {
    plan.append(trajectories.actions(b), trajectories.conditionOf(b), logReward[b], false);
  }
}

void BatchComposer::addSearched(const TrainingOptions& options, int64_t batch, BatchPlan& plan, Visited& searched) {
  const LocalSearchOptions& search = options.offPolicy.localSearch;
  if (search.trajectories == 0) return;
  const std::vector<int32_t> condition =
      drawConditions(options, searchedConditions_, batch, search.trajectories, kSearchedConditions);
  const LocalSearchResult result = searchLocally(
      trajectorySampler_,
      {.options = search,
       .seed = options.seed,
       .firstTrajectory = static_cast<uint64_t>(batch) * numbersOfSearch(search),
       .beta = options.beta,
       .exploration = options.exploration.at(batch),
       .temperature = options.temperature.at(batch),
       .condition = condition},
      [this](const Trajectories& trajectories) { return score(trajectories.terminalState, trajectories.logReward); });
  const Trajectories& accepted = result.accepted;
  for (int b = 0; b < accepted.count; b++) {
    plan.append(accepted.actions(b), accepted.conditionOf(b), accepted.logReward[b], false);
  }
  searched.terminalState.insert(searched.terminalState.end(), result.terminalState.begin(), result.terminalState.end());
  searched.logReward.insert(searched.logReward.end(), result.logReward.begin(), result.logReward.end());
}

// The batch with its drawn trajectories recorded, the first ones of the plan.
BatchComposer::Ahead BatchComposer::sampleAhead(const TrainingOptions& options, int64_t batch, Visited& searched) {
  const BatchPlan composed = compose(options, batch, searched);
  const Trajectories drawn = composed.forward == 0
                                 ? Trajectories{}
                                 : trajectorySampler_.forward({.count = composed.forward,
                                                               .random = {options.seed, Purpose::training},
                                                               .firstTrajectory = composed.firstTrajectory,
                                                               .exploration = options.exploration.at(batch),
                                                               .temperature = options.temperature.at(batch),
                                                               .condition = composed.condition});
  Ahead ahead;
  ahead.plan.conditionSize = composed.conditionSize;
  ahead.plan.forward = composed.forward;  // of the recorded ones: how many were drawn
  for (int b = 0; b < drawn.count; b++) {
    ahead.plan.append(drawn.actions(b), drawn.conditionOf(b), drawn.logReward[b], true);
  }
  for (int i = 0; i < composed.recorded.count(); i++) {
    ahead.plan.append(composed.recorded.actions(i), composed.conditionOf(composed.forward + i), composed.logReward[i],
                      composed.fresh[i] != 0);
  }
  ahead.terminalState = drawn.terminalState;
  if (reward_ && composed.forward > 0) ahead.question = reward_->ask(ahead.terminalState, composed.forward);
  return ahead;
}

}  // namespace gflownet
