#include "trainer/trainer.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "device/stopwatch.hpp"
#include "error.hpp"
#include "trainer/terminal_distribution.hpp"

namespace gflownet {
namespace {

// Trajectories drawn at once where nothing is trained.
constexpr int kSampleChunk = 4096;
constexpr int kUnlimitedRows = std::numeric_limits<int>::max() - 1;
// What one thread takes at a time of a loop over rows, trajectories or parameters.
constexpr int kRowRange = 256;
constexpr int kTrajectoryRange = 32;

template <class T>
bool is(const Objective& objective) {
  return std::holds_alternative<T>(objective);
}

bool usesStateFlow(const Objective& objective) {
  return is<DetailedBalance>(objective) || is<SubTrajectoryBalance>(objective);
}

}  // namespace

Trainer::Trainer(std::unique_ptr<Sampler> sampler, std::unique_ptr<FlowModel> model, double logZ, size_t memoryBytes)
    : sampler_(std::move(sampler)), model_(std::move(model)), adam_(model_->parameters().size()), logZ_(logZ) {
  const size_t rows = memoryBytes / model_->rowBytes();
  maximumRows_ = static_cast<int>(std::min<size_t>(rows, kUnlimitedRows));
}

void Trainer::checkModel(const TrainingOptions& options) const {
  if (is<FlowMatching>(options.objective) && model_->backwardActions() > 0) {
    throw Error("ERR_ARGUMENT",
                "objective: flow matching has no backward policy; expected a model without the output "
                "backward_logits");
  }
  if (usesStateFlow(options.objective) && !model_->hasStateFlow()) {
    throw Error("ERR_MODEL_ENVIRONMENT", "the objective needs state flows, but the model has no output log_state_flow");
  }
}

StepReport Trainer::step(const TrainingOptions& options) {
  checkModel(options);
  const double forwardBefore = model_->forwardSeconds();
  const double backwardBefore = model_->backwardSeconds();
  Stopwatch stopwatch;
  sampleBatch(options);
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
                    .visits = visits_ + options.batchSize,
                    .loss = loss,
                    .logZ = objectiveLogZ(options),
                    .meanLogReward = 0,
                    .meanLength = 0,
                    .rows = rowsEvaluated_,
                    .gradientNorm = gradientNorm};
  for (const double logReward : visited_.logReward) report.meanLogReward += logReward / options.batchSize;
  double transitions = 0;
  for (const Part& part : parts_) transitions += part.offset.back();
  report.meanLength = transitions / options.batchSize;

  const double scale = options.clip > 0 && gradientNorm > options.clip ? options.clip / gradientNorm : 1.0;
  const AdamSettings settings{.learningRate = options.learningRate.at(steps_), .weightDecay = options.weightDecay};
  const std::lock_guard lock(updateMutex_);
  adam_.update(model_->parameters(), model_->gradient(), scale, steps_ + 1, settings);
  if (is<TrajectoryBalance>(options.objective)) {
    logZ_ =
        logZAdam_.update(logZ_, termGradients_.logZ, steps_ + 1, {.learningRate = options.learningRateLogZ.at(steps_)});
  }
  steps_++;
  visits_ += options.batchSize;
  profile_.update += stopwatch.lap();
  return report;
}

TrainingState Trainer::state() const {
  return {steps_,       visits_,        model_->parameters(),
          adam_.mean(), adam_.square(), {logZ_, logZAdam_.mean(), logZAdam_.square()}};
}

void Trainer::restore(const TrainingState& state) {
  const size_t count = model_->parameters().size();
  if (state.parameters.size() != count || state.mean.size() != count || state.square.size() != count) {
    throw Error("ERR_CHECKPOINT", "state: expected " + std::to_string(count) + " parameters and moments, got " +
                                      std::to_string(state.parameters.size()) + ", " +
                                      std::to_string(state.mean.size()) + " and " +
                                      std::to_string(state.square.size()));
  }
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
  counts_ = {};
  rowsEvaluated_ = 0;
  visited_.terminalState.clear();
  visited_.logReward.clear();
}

void Trainer::sampleBatch(const TrainingOptions& options) {
  clearBatch();
  int size = options.batchSize;
  for (int first = 0; first < options.batchSize;) {
    const int count = std::min(size, options.batchSize - first);
    const ForwardRequest request{.count = count,
                                 .random = {options.seed, Purpose::training},
                                 .firstTrajectory = static_cast<uint64_t>(visits_ + first),
                                 .exploration = options.exploration.at(steps_),
                                 .temperature = options.temperature.at(steps_),
                                 .maximumRows = maximumRows_};
    bool fits = sampler_->sampleForward(*model_, request, batch_);
    if (fits && is<FlowMatching>(options.objective)) fits = sampler_->addParents(*model_, maximumRows_, batch_);
    if (fits) {
      addPart(options, first);
      first += count;
    } else if (count > 1) {
      size = (count + 1) / 2;
    } else {
      throw Error("ERR_TOO_LARGE", "memoryBytes: one trajectory needs more than the " + std::to_string(maximumRows_) +
                                       " states that fit (" + std::to_string(model_->rowBytes()) + " bytes each)");
    }
  }
}

void Trainer::addPart(const TrainingOptions& options, int first) {
  checkRewards(options);
  computePolicies();
  if (parts_.empty()) {
    initialLogSum_ = forwardPolicy_.logSum(0);
    if (model_->hasStateFlow()) initialLogStateFlow_ = model_->logStateFlow(0);
  }
  parts_.push_back({first, batch_.trajectories,
                    parts_.empty() ? 0 : parts_.back().firstTransition + parts_.back().offset.back(), batch_.offset,
                    batch_.forwardAction});
  if (is<FlowMatching>(options.objective)) {
    const auto counts = FlowMatching::counts(batch_);
    counts_.interior += counts.interior;
    counts_.terminal += counts.terminal;
  } else {
    collectTerms(options.beta);
  }
  rowsEvaluated_ += model_->rows();
  visited_.terminalState.insert(visited_.terminalState.end(), batch_.terminalState.begin(), batch_.terminalState.end());
  visited_.logReward.insert(visited_.logReward.end(), batch_.logReward.begin(), batch_.logReward.end());
}

void Trainer::resample(const TrainingOptions& options, const Part& part) {
  sampler_->replay(*model_, {part.offset, part.action, kUnlimitedRows}, batch_);
  if (is<FlowMatching>(options.objective)) sampler_->addParents(*model_, kUnlimitedRows, batch_);
  computePolicies();
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
      loss += flowMatching->evaluate(batch_, counts_, options.beta, logits, forwardPolicy_);
    } else {
      addTermGradients(part);
    }
    model_->backward([this](int from, int to) { writeGradients(from, to); });
  }
  return loss;
}

double Trainer::objectiveLogZ(const TrainingOptions& options) const {
  if (is<TrajectoryBalance>(options.objective)) return logZ_;
  if (is<VarGrad>(options.objective)) return VarGrad::logZ(terms_);
  return is<FlowMatching>(options.objective) ? initialLogSum_ : initialLogStateFlow_;
}

void Trainer::computePolicies() {
  const bool learnedBackward = model_->backwardActions() > 0;
  forwardPolicy_.begin(model_->rows(), model_->actions(), batch_.allowed);
  if (learnedBackward) backwardPolicy_.begin(model_->rows(), model_->backwardActions(), batch_.backwardAllowed);
  model_->pool().forEachRange(model_->rows(), kRowRange, [&](int from, int to, int /*worker*/) {
    for (int row = from; row < to; row++) {
      forwardPolicy_.computeRow(row, model_->forwardLogits(row));
      if (learnedBackward) backwardPolicy_.computeRow(row, model_->backwardLogits(row));
    }
  });
}

// Appends the batch to terms_.
void Trainer::collectTerms(double beta) {
  const int trajectories = terms_.trajectories();
  const int transitions = terms_.offset.back();
  terms_.extend(batch_.trajectories, batch_.transitions, model_->hasStateFlow());
  model_->pool().forEachRange(batch_.trajectories, kTrajectoryRange, [&](int from, int to, int /*worker*/) {
    for (int b = from; b < to; b++) {
      collectTrajectory(b, beta, trajectories + b, transitions + batch_.offset[b]);
    }
  });
}

// Writes trajectory b of the batch as trajectory `number` of terms_, its first transition at `start`.
void Trainer::collectTrajectory(int b, double beta, int number, int start) {
  const int length = batch_.offset[b + 1] - batch_.offset[b];
  for (int t = 0; t < length; t++) {
    const int transition = batch_.offset[b] + t;
    const int row = batch_.stateRow[transition + b];
    const int childRow = batch_.stateRow[transition + b + 1];
    terms_.logPf[start + t] =
        forwardPolicy_.logProbability(row, batch_.forwardAction[transition], model_->forwardLogits(row));
    terms_.logPb[start + t] = model_->backwardActions() == 0 || childRow < 0
                                  ? -std::log(static_cast<double>(batch_.backwardCount[transition + b + 1]))
                                  : backwardPolicy_.logProbability(childRow, batch_.backwardAction[transition],
                                                                   model_->backwardLogits(childRow));
    if (model_->hasStateFlow()) terms_.logF[start + number + t] = model_->logStateFlow(row);
  }
  terms_.logReward[number] = beta * batch_.logReward[b];
  if (model_->hasStateFlow()) terms_.logF[start + number + length] = terms_.logReward[number];
  terms_.offset[number + 1] = start + length;
}

void Trainer::addTermGradients(const Part& part) {
  for (int b = 0; b < batch_.trajectories; b++) {
    for (int t = batch_.offset[b]; t < batch_.offset[b + 1]; t++) {
      const int row = batch_.stateRow[t + b];
      const int childRow = batch_.stateRow[t + b + 1];
      const int transition = part.firstTransition + t;
      forwardPolicy_.addGradient(row, batch_.forwardAction[t], termGradients_.logPf[transition]);
      if (model_->backwardActions() > 0 && childRow >= 0) {
        backwardPolicy_.addGradient(childRow, batch_.backwardAction[t], termGradients_.logPb[transition]);
      }
      if (model_->hasStateFlow()) stateFlowGradient_[row] += termGradients_.logF[transition + part.first + b];
    }
  }
}

void Trainer::writeGradients(int from, int to) {
  for (int row = from; row < to; row++) {
    forwardPolicy_.write(row, model_->forwardLogitsGradient(row));
    if (model_->backwardActions() > 0) backwardPolicy_.write(row, model_->backwardLogitsGradient(row));
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

void Trainer::appendTrajectories(Trajectories& all) {
  computePolicies();
  terms_.clear();
  collectTerms(1);
  for (int b = 0; b < batch_.trajectories; b++) {
    double logPf = 0;
    double logPb = 0;
    for (int t = batch_.offset[b]; t < batch_.offset[b + 1]; t++) {
      logPf += terms_.logPf[t];
      logPb += terms_.logPb[t];
    }
    all.logPf.push_back(logPf);
    all.logPb.push_back(logPb);
    all.offset.push_back(all.offset.back() + batch_.offset[b + 1] - batch_.offset[b]);
  }
  all.count += batch_.trajectories;
  all.forwardAction.insert(all.forwardAction.end(), batch_.forwardAction.begin(), batch_.forwardAction.end());
  all.terminalState.insert(all.terminalState.end(), batch_.terminalState.begin(), batch_.terminalState.end());
  all.logReward.insert(all.logReward.end(), batch_.logReward.begin(), batch_.logReward.end());
}

Trajectories Trainer::sampleForward(int count, uint64_t seed, uint64_t firstTrajectory) {
  Trajectories all;
  all.offset.push_back(0);
  int size = kSampleChunk;
  for (int first = 0; first < count;) {
    const int chunk = std::min(size, count - first);
    const bool fits = sampler_->sampleForward(*model_,
                                              {.count = chunk,
                                               .random = {seed, Purpose::evaluation},
                                               .firstTrajectory = firstTrajectory + static_cast<uint64_t>(first),
                                               .exploration = 0,
                                               .temperature = 1,
                                               .maximumRows = chunk > 1 ? maximumRows_ : kUnlimitedRows},
                                              batch_);
    if (!fits) {
      size = (chunk + 1) / 2;
      continue;
    }
    appendTrajectories(all);
    first += chunk;
  }
  return all;
}

Trajectories Trainer::sampleBackward(std::span<const int32_t> terminalStates, uint64_t seed, uint64_t firstTrajectory) {
  Trajectories all;
  all.offset.push_back(0);
  const auto stateSize = static_cast<size_t>(sampler_->stateSize());
  const auto count = static_cast<int>(terminalStates.size() / stateSize);
  int size = kSampleChunk;
  for (int first = 0; first < count;) {
    const int chunk = std::min(size, count - first);
    const bool fits =
        sampler_->sampleBackward(*model_,
                                 {.terminalStates = terminalStates.subspan(first * stateSize, chunk * stateSize),
                                  .random = {seed, Purpose::backward},
                                  .firstTrajectory = firstTrajectory + static_cast<uint64_t>(first),
                                  .maximumRows = chunk > 1 ? maximumRows_ : kUnlimitedRows},
                                 batch_);
    if (!fits) {
      size = (chunk + 1) / 2;
      continue;
    }
    appendTrajectories(all);
    first += chunk;
  }
  return all;
}

ObjectiveEvaluation Trainer::evaluateObjective(const TrainingOptions& options, std::span<const int32_t> offset,
                                               std::span<const int32_t> action) {
  checkModel(options);
  clearBatch();
  sampler_->replay(*model_, {offset, action, kUnlimitedRows}, batch_);
  if (is<FlowMatching>(options.objective)) sampler_->addParents(*model_, kUnlimitedRows, batch_);
  addPart(options, 0);
  if (is<FlowMatching>(options.objective)) collectTerms(options.beta);
  ObjectiveEvaluation evaluation;
  evaluation.logPf = terms_.logPf;
  evaluation.logPb = terms_.logPb;
  evaluation.loss = evaluateLoss(options);
  evaluation.gradient = model_->gradient();
  evaluation.gradientLogZ = is<TrajectoryBalance>(options.objective) ? termGradients_.logZ : 0;
  return evaluation;
}

const Enumeration& Trainer::enumeration(int64_t maximumStates) {
  if (!enumeration_) enumeration_ = std::make_unique<Enumeration>(sampler_->enumerate(maximumStates));
  if (int64_t{enumeration_->interior} + enumeration_->terminal > maximumStates) throwNotEnumerable(maximumStates);
  return *enumeration_;
}

std::vector<double> Trainer::exactDistribution(int64_t maximumStates) {
  return terminalDistribution(enumeration(maximumStates), *model_);
}

InitialFlow Trainer::initialFlow() {
  sampler_->sampleForward(*model_,
                          {.count = 1,
                           .random = {0, Purpose::evaluation},
                           .firstTrajectory = 0,
                           .exploration = 0,
                           .temperature = 1,
                           .maximumRows = kUnlimitedRows},
                          batch_);
  computePolicies();
  return {model_->hasStateFlow() ? model_->logStateFlow(0) : std::numeric_limits<double>::quiet_NaN(),
          forwardPolicy_.logSum(0)};
}

}  // namespace gflownet
