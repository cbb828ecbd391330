#include "trainer/trainer.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "device/stopwatch.hpp"
#include "error.hpp"
#include "trainer/terminal_distribution.hpp"

namespace gflownet {
namespace {

template <class T>
bool is(const Objective& objective) {
  return std::holds_alternative<T>(objective);
}

bool usesStateFlow(const Objective& objective) {
  return is<DetailedBalance>(objective) || is<SubTrajectoryBalance>(objective);
}

}  // namespace

Trainer::Trainer(std::unique_ptr<Sampler> sampler, std::unique_ptr<FlowModel> model, double logZ, size_t memoryBytes,
                 std::shared_ptr<RewardHost> reward, std::shared_ptr<ConditionHost> conditions)
    : sampler_(std::move(sampler)),
      model_(std::move(model)),
      adam_(model_->parameters().size()),
      logZ_(logZ),
      memory_(memoryBytes, *sampler_, *model_),
      trajectorySampler_(*sampler_, *model_, memory_),
      reward_(std::move(reward)),
      composer_(*sampler_, *model_, memory_, reward_, std::move(conditions)),
      batchTerms_(*model_) {}

void Trainer::checkModel(const TrainingOptions& options) const {
  if (is<FlowMatching>(options.objective) && model_->backwardActions() > 0) {
    throw Error("ERR_ARGUMENT",
                "objective: flow matching has no backward policy; expected a model without the output "
                "backward_logits");
  }
  const bool conditionalLogZ = is<TrajectoryBalance>(options.objective) && sampler_->conditionSize() > 0;
  if ((usesStateFlow(options.objective) || conditionalLogZ) && !model_->hasStateFlow()) {
    throw Error("ERR_MODEL_ENVIRONMENT", "the objective needs state flows, but the model has no output log_state_flow");
  }
}

StepReport Trainer::step(const TrainingOptions& options) {
  checkModel(options);
  const double forwardBefore = model_->forwardSeconds();
  const double backwardBefore = model_->backwardSeconds();
  Stopwatch stopwatch;
  clearBatch();
  const BatchPlan plan = composer_.next(options, steps_, visited_);
  sampleBatch(options, plan);
  const double forwardAfter = model_->forwardSeconds();
  profile_.sampling += stopwatch.lap() - (forwardAfter - forwardBefore);
  const double loss = evaluateLoss(options);
  const double backward = model_->backwardSeconds() - backwardBefore;
  profile_.loss += stopwatch.lap() - (model_->forwardSeconds() - forwardAfter) - backward;
  profile_.forward += model_->forwardSeconds() - forwardBefore;
  profile_.backward += backward;
  const double gradientNorm = norm(model_->gradient());
  if (!std::isfinite(loss) || !std::isfinite(gradientNorm)) {
    throw Error("ERR_DIVERGED", "step " + std::to_string(steps_ + 1) + ": the loss is " + std::to_string(loss) +
                                    " and the gradient's norm " + std::to_string(gradientNorm) +
                                    "; expected finite numbers. The parameters are those of the step before.");
  }
  StepReport report{.step = steps_ + 1,
                    .visits = visits_ + static_cast<int64_t>(visited_.logReward.size()),
                    .loss = loss,
                    .logZ = objectiveLogZ(options),
                    .meanLogReward = 0,
                    .meanLength = 0,
                    .rows = rowsEvaluated_,
                    .gradientNorm = gradientNorm};
  for (const Part& part : parts_) {
    for (const double logReward : part.logReward) report.meanLogReward += logReward / plan.trajectories();
    report.meanLength += static_cast<double>(part.offset.back()) / plan.trajectories();
  }

  const double scale = options.clip > 0 && gradientNorm > options.clip ? options.clip / gradientNorm : 1.0;
  const AdamSettings settings{.learningRate = options.learningRate.at(steps_), .weightDecay = options.weightDecay};
  const std::lock_guard lock(updateMutex_);
  adam_.update(model_->parameters(), model_->gradient(), scale, steps_ + 1, settings);
  if (is<TrajectoryBalance>(options.objective)) {
    logZ_ =
        logZAdam_.update(logZ_, termGradients_.logZ, steps_ + 1, {.learningRate = options.learningRateLogZ.at(steps_)});
  }
  steps_++;
  visits_ = report.visits;
  composer_.keep(visited_);
  profile_.update += stopwatch.lap();
  return report;
}

TrainingState Trainer::state() const {
  return {steps_,           visits_,        model_->parameters(),
          adam_.mean(),     adam_.square(), {logZ_, logZAdam_.mean(), logZAdam_.square()},
          composer_.state()};
}

void Trainer::restore(const TrainingState& state) {
  const size_t count = model_->parameters().size();
  if (state.parameters.size() != count || state.mean.size() != count || state.square.size() != count) {
    throw Error("ERR_CHECKPOINT", "state: expected " + std::to_string(count) + " parameters and moments, got " +
                                      std::to_string(state.parameters.size()) + ", " +
                                      std::to_string(state.mean.size()) + " and " +
                                      std::to_string(state.square.size()));
  }
  composer_.restore(state.offPolicy);
  const std::lock_guard lock(updateMutex_);
  model_->parameters() = state.parameters;
  adam_.restore(state.mean, state.square);
  logZ_ = state.logZ[0];
  logZAdam_.restore(state.logZ[1], state.logZ[2]);
  steps_ = state.steps;
  visits_ = state.visits;
}

void Trainer::appendVisited(Visited& all) const {
  all.terminalState.insert(all.terminalState.end(), visited_.terminalState.begin(), visited_.terminalState.end());
  all.logReward.insert(all.logReward.end(), visited_.logReward.begin(), visited_.logReward.end());
}

std::vector<float> Trainer::parameters() const {
  const std::lock_guard lock(updateMutex_);
  return model_->parameters();
}

void Trainer::clearBatch() {
  parts_.clear();
  terms_.clear();
  terms_.logZ = logZ_;
  terms_.conditional = sampler_->conditionSize() > 0;
  groups_.clear();
  initialLogSum_ = 0;
  initialLogStateFlow_ = 0;
  initialStates_ = 0;
  counts_ = {};
  rowsEvaluated_ = 0;
  visited_.terminalState.clear();
  visited_.logReward.clear();
}

void Trainer::sampleBatch(const TrainingOptions& options, const BatchPlan& plan) {
  int size = plan.trajectories();
  for (int first = 0; first < plan.trajectories();) {
    const int count = std::min(size, plan.trajectories() - first);
    if (samplePart(options, plan, first, count)) {
      scorePart(plan, first);
      addPart(options, first);
      addVisited(plan, first);
      first += count;
    } else if (count > 1) {
      size = (count + 1) / 2;
    } else {
      throw memory_.trajectoryTooLarge();
    }
  }
}

// Returns false if the trajectories do not fit the memory together.
bool Trainer::samplePart(const TrainingOptions& options, const BatchPlan& plan, int first, int count) {
  RecordedTrajectories given;
  const bool anyGiven = plan.recorded.count() > 0;
  for (int i = first; anyGiven && i < first + count; i++) {
    const auto actions = i < plan.forward ? std::span<const int32_t>{} : plan.recorded.actions(i - plan.forward);
    given.append(actions, plan.conditionOf(i));
  }
  const auto size = static_cast<size_t>(plan.conditionSize);
  const auto drawn = static_cast<size_t>(anyGiven ? 0 : count) * size;
  const ForwardRequest request{
      .count = count,
      .random = {options.seed, Purpose::training},
      .firstTrajectory = plan.firstTrajectory + static_cast<uint64_t>(first),
      .exploration = options.exploration.at(steps_),
      .temperature = options.temperature.at(steps_),
      .maximumRows = memory_.rows(),
      .givenOffset = anyGiven ? std::span<const int32_t>(given.offset) : std::span<const int32_t>{},
      .givenAction = given.action,
      .condition = anyGiven ? std::span<const int32_t>(given.condition)
                            : std::span(plan.condition).subspan(static_cast<size_t>(first) * size, drawn)};
  return sampler_->sampleForward(*model_, request, batch_) &&
         (!is<FlowMatching>(options.objective) || sampler_->addParents(*model_, memory_.rows(), batch_));
}

// Rewards that the plan knows already, and those of the reward host.
void Trainer::scorePart(const BatchPlan& plan, int first) {
  const auto stateSize = static_cast<size_t>(sampler_->stateSize());
  std::vector<int> asked;
  std::vector<int32_t> states;
  std::vector<double> logReward;
  for (int b = 0; b < batch_.trajectories; b++) {
    const double known = plan.knownLogReward(first + b);
    if (!std::isnan(known)) {
      batch_.logReward[b] = known;
      continue;
    }
    asked.push_back(b);
    logReward.push_back(batch_.logReward[b]);
    const auto state = stateOf(batch_.terminalState, static_cast<size_t>(b), stateSize);
    states.insert(states.end(), state.begin(), state.end());
  }
  if (asked.empty()) return;
  const std::vector<double> scores = composer_.score(states, logReward);
  for (size_t i = 0; i < asked.size(); i++) batch_.logReward[asked[i]] = scores[i];
}

void Trainer::addPart(const TrainingOptions& options, int first) {
  checkRewards(options);
  batchTerms_.computePolicies(batch_);
  addInitialFlows();
  parts_.push_back({first, batch_.trajectories,
                    parts_.empty() ? 0 : parts_.back().firstTransition + parts_.back().offset.back(), batch_.offset,
                    batch_.forwardAction, batch_.condition, batch_.logReward});
  if (is<FlowMatching>(options.objective)) {
    const auto counts = FlowMatching::counts(batch_);
    counts_.interior += counts.interior;
    counts_.terminal += counts.terminal;
  } else {
    batchTerms_.collect(batch_, options.beta, terms_);
    groups_.collect(batch_, terms_);
  }
  rowsEvaluated_ += model_->rows();
}

// Running means: of equal values each is that value, bit for bit.
void Trainer::addInitialFlows() {
  for (int b = 0; b < batch_.trajectories; b++) {
    const int row = batch_.stateRow[batch_.offset[b] + b];
    initialStates_++;
    initialLogSum_ += (batchTerms_.forwardPolicy.logSum(row) - initialLogSum_) / initialStates_;
    if (!model_->hasStateFlow()) continue;
    initialLogStateFlow_ += (model_->logStateFlow(row) - initialLogStateFlow_) / initialStates_;
  }
}

void Trainer::addVisited(const BatchPlan& plan, int first) {
  const auto stateSize = static_cast<size_t>(sampler_->stateSize());
  for (int b = 0; b < batch_.trajectories; b++) {
    if (!plan.isFresh(first + b)) continue;
    const auto state = stateOf(batch_.terminalState, static_cast<size_t>(b), stateSize);
    visited_.terminalState.insert(visited_.terminalState.end(), state.begin(), state.end());
    visited_.logReward.push_back(batch_.logReward[b]);
  }
}

void Trainer::resample(const TrainingOptions& options, const Part& part) {
  sampler_->replay(*model_, {part.offset, part.action, part.condition}, batch_);
  if (is<FlowMatching>(options.objective)) sampler_->addParents(*model_, kUnlimitedRows, batch_);
  batch_.logReward = part.logReward;
  batchTerms_.computePolicies(batch_);
}

double Trainer::evaluateLoss(const TrainingOptions& options) {
  std::visit(
      [&](const auto& objective) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(objective)>, FlowMatching>) {
          objective.evaluate(terms_, termGradients_);
        } else {
          termGradients_.loss = 0;
          termGradients_.logZ = 0;
        }
      },
      options.objective);
  model_->clearGradient();
  double loss = termGradients_.loss;
  for (const Part& part : parts_) {
    if (parts_.size() > 1) resample(options, part);
    stateFlowGradient_.assign(static_cast<size_t>(model_->rows()), 0.0);
    if (const auto* flowMatching = std::get_if<FlowMatching>(&options.objective)) {
      const auto logits = [this](int row) { return model_->forwardLogits(row); };
      loss += flowMatching->evaluate(batch_, counts_, options.beta, logits, batchTerms_.forwardPolicy);
    } else {
      addTermGradients(part);
    }
    model_->backward([this](int from, int to) { writeGradients(from, to); });
  }
  return loss;
}

double Trainer::objectiveLogZ(const TrainingOptions& options) const {
  if (is<TrajectoryBalance>(options.objective)) return terms_.conditional ? logZ_ + initialLogStateFlow_ : logZ_;
  if (is<VarGrad>(options.objective)) return VarGrad::logZ(terms_);
  return is<FlowMatching>(options.objective) ? initialLogSum_ : initialLogStateFlow_;
}

void Trainer::addTermGradients(const Part& part) {
  for (int b = 0; b < batch_.trajectories; b++) {
    for (int t = batch_.offset[b]; t < batch_.offset[b + 1]; t++) {
      const int row = batch_.stateRow[t + b];
      const int childRow = batch_.stateRow[t + b + 1];
      const int transition = part.firstTransition + t;
      batchTerms_.forwardPolicy.addGradient(row, batch_.forwardAction[t], termGradients_.logPf[transition]);
      if (model_->backwardActions() > 0 && childRow >= 0) {
        batchTerms_.backwardPolicy.addGradient(childRow, batch_.backwardAction[t], termGradients_.logPb[transition]);
      }
      if (model_->hasStateFlow()) stateFlowGradient_[row] += termGradients_.logF[transition + part.first + b];
    }
  }
}

void Trainer::writeGradients(int from, int to) {
  for (int row = from; row < to; row++) {
    batchTerms_.forwardPolicy.write(row, model_->forwardLogitsGradient(row));
    if (model_->backwardActions() > 0) batchTerms_.backwardPolicy.write(row, model_->backwardLogitsGradient(row));
    if (model_->hasStateFlow()) *model_->logStateFlowGradient(row) = static_cast<float>(stateFlowGradient_[row]);
  }
}

void Trainer::checkRewards(const TrainingOptions& options) const {
  const auto* flowMatching = std::get_if<FlowMatching>(&options.objective);
  const bool zeroAllowed = flowMatching != nullptr && flowMatching->flowEpsilon > 0;
  for (int b = 0; b < batch_.trajectories; b++) {
    const double logReward = batch_.logReward[b];
    if (std::isfinite(logReward) || (zeroAllowed && logReward == -std::numeric_limits<double>::infinity())) continue;
    const auto* state = batch_.terminalState.data() + static_cast<size_t>(b) * sampler_->stateSize();
    const std::string expected = zeroAllowed ? "expected a finite or zero reward"
                                             : "expected a finite reward above 0 (flow matching with flowEpsilon > 0 "
                                               "also takes 0)";
    throw RewardError("log R is " + std::to_string(logReward) + "; " + expected,
                      std::vector<int32_t>(state, state + sampler_->stateSize()));
  }
}

Error Trainer::outOfMemory() const {
  return memory_.outOfMemory(model_->rows());
}

Trajectories Trainer::sampleForward(int count, uint64_t seed, uint64_t firstTrajectory,
                                    std::span<const int32_t> condition) {
  std::vector<int32_t> conditions;
  for (int b = 0; b < count; b++) conditions.insert(conditions.end(), condition.begin(), condition.end());
  return withRewards(trajectorySampler_.forward({.count = count,
                                                 .random = {seed, Purpose::evaluation},
                                                 .firstTrajectory = firstTrajectory,
                                                 .condition = conditions}));
}

Trajectories Trainer::sampleBackward(std::span<const int32_t> terminalStates, uint64_t seed, uint64_t firstTrajectory) {
  return withRewards(trajectorySampler_.backward({terminalStates, {seed, Purpose::backward}, firstTrajectory}));
}

Trajectories Trainer::withRewards(Trajectories sampled) {
  if (reward_ && reward_->isImmediate()) sampled.logReward = score(sampled.terminalState);
  return sampled;
}

std::vector<double> Trainer::score(const std::vector<int32_t>& terminalStates) {
  const auto count = static_cast<int>(terminalStates.size() / static_cast<size_t>(sampler_->stateSize()));
  if (!reward_) throw Error("ERR_INTERNAL", "score: expected a reward in place of the environment's");
  return reward_->ask(terminalStates, count)->wait();
}

ObjectiveEvaluation Trainer::evaluateObjective(const TrainingOptions& options, std::span<const int32_t> offset,
                                               std::span<const int32_t> action, std::span<const int32_t> conditions) {
  checkModel(options);
  clearBatch();
  sampler_->replay(*model_, {offset, action, conditions}, batch_);
  if (is<FlowMatching>(options.objective)) sampler_->addParents(*model_, kUnlimitedRows, batch_);
  batch_.logReward = composer_.score(batch_.terminalState, batch_.logReward);
  addPart(options, 0);
  if (is<FlowMatching>(options.objective)) batchTerms_.collect(batch_, options.beta, terms_);
  ObjectiveEvaluation evaluation;
  evaluation.logPf = terms_.logPf;
  evaluation.logPb = terms_.logPb;
  evaluation.loss = evaluateLoss(options);
  evaluation.gradient = model_->gradient();
  evaluation.gradientLogZ = is<TrajectoryBalance>(options.objective) ? termGradients_.logZ : 0;
  return evaluation;
}

const Enumeration& Trainer::enumeration(int64_t maximumStates, std::span<const int32_t> condition) {
  const bool immediate = reward_ && reward_->isImmediate();
  if (!enumeration_) {
    auto found = std::make_unique<Enumeration>(sampler_->enumerate(maximumStates));
    if (immediate && condition.empty()) found->logReward = score(found->terminalState);
    enumeration_ = std::move(found);
  }
  if (int64_t{enumeration_->interior} + enumeration_->terminal > maximumStates) throwNotEnumerable(maximumStates);
  if (!condition.empty()) {
    sampler_->setCondition(*enumeration_, condition);
    if (immediate) enumeration_->logReward = score(enumeration_->terminalState);
  }
  return *enumeration_;
}

std::vector<double> Trainer::exactDistribution(int64_t maximumStates, std::span<const int32_t> condition) {
  return terminalDistribution(enumeration(maximumStates, condition), *model_, memory_.rows());
}

InitialFlow Trainer::initialFlow(std::span<const int32_t> condition) {
  const ForwardRequest request{.count = 1,
                               .random = {0, Purpose::evaluation},
                               .firstTrajectory = 0,
                               .maximumRows = memory_.rows(),
                               .condition = condition};
  if (!sampler_->sampleForward(*model_, request, batch_)) throw memory_.trajectoryTooLarge();
  batchTerms_.computePolicies(batch_, false);
  return {model_->hasStateFlow() ? model_->logStateFlow(0) : std::numeric_limits<double>::quiet_NaN(),
          batchTerms_.forwardPolicy.logSum(0)};
}

}  // namespace gflownet
