#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "env/environment.hpp"
#include "error.hpp"
#include "model/softmax.hpp"
#include "sampler/draw.hpp"
#include "sampler/enumerate.hpp"
#include "sampler/recurring_states.hpp"
#include "sampler/sampler.hpp"
#include "sampler/state_table.hpp"

namespace gflownet {

// The sampler of one environment: the only code that is a template over it.
template <Environment E>
class EnvironmentSampler final : public Sampler {
 public:
  explicit EnvironmentSampler(E environment)
      : environment_(std::move(environment)),
        stateSize_(static_cast<size_t>(environment_.stateSize())),
        actions_(static_cast<size_t>(environment_.actions())),
        backwardActions_(static_cast<size_t>(environment_.backwardActions())),
        keyWords_(static_cast<size_t>(environment_.keyWords())),
        trajectoriesAtOnce_(std::max(kLeastTrajectoriesAtOnce, kActionsAtOnce / environment_.actions())),
        table_(environment_.keyWords()),
        recurring_(environment_.keyWords(), stateSize_),
        key_(keyWords_) {}

  int stateSize() const override { return externalSize(environment_); }
  int conditionSize() const override { return environment_.conditionSize(); }

  size_t bytesPerRow(const FlowModel& model) const override {
    size_t state = table_.bytesPerKey() + (stateSize_ + 1) * sizeof(int32_t);
    if constexpr (PreparedEnvironment<E>) state += environment_.bytesPerState();
    const size_t forward = actions_ * (sizeof(double) + sizeof(uint8_t));
    // A learned P_B has masks; flow matching has none, and the list of each state's parents.
    const size_t backward =
        model.backwardActions() > 0 ? backwardActions_ * sizeof(uint8_t) : 2 * (backwardActions_ + 1) * sizeof(int32_t);
    return state + forward + backward;
  }

  void checkModel(const FlowModel& model) const override {
    int position = 0;
    for (const ObservationTensor& observation : model.observations()) {
      checkObservation(observation, position);
      position += observation.width;
    }
    expectSize("integers of an observation", environment_.observationWidth(), position);
    expectSize("forward_logits", environment_.actions(), model.actions());
    if (model.backwardActions() > 0) {
      expectSize("backward_logits", environment_.backwardActions(), model.backwardActions());
    }
  }

  bool sampleForward(FlowModel& model, const ForwardRequest& request, PackedBatch& batch) override {
    begin(model, batch, request.count, request.condition);
    const auto beforeRows = [&](int rows) { behaviour_.resize(static_cast<size_t>(rows) * actions_); };
    const auto afterRows = [&](int from, int to, int /*worker*/) {
      for (int row = from; row < to; row++) behaviourRow(model, batch, request, row);
    };
    uniform_.resize(static_cast<size_t>(request.count));
    const auto chooseOne = [&](int i, int step) {
      const int trajectory = active_[i];
      if (!request.givenOffset.empty()) {
        const int32_t position = request.givenOffset[trajectory] + step;
        if (position < request.givenOffset[trajectory + 1]) {
          return requireAllowed(request.givenAction[position], trajectory, step);
        }
      }
      const size_t first = static_cast<size_t>(rows_[i]) * actions_;
      return drawChoice(behaviour_.data() + first, batch.allowed.data() + first, actions_, uniform_[i]);
    };
    const auto choose = [&](int from, int to, int step) {
      uniforms(request.random, request.firstTrajectory, active_.data() + from, static_cast<size_t>(to - from),
               static_cast<uint32_t>(step), uniform_.data() + from);
      for (int i = from; i < to; i++) action_[i] = chooseOne(i, step);
    };
    const auto draws = [&](int trajectory, int step) {
      return request.givenOffset.empty() ||
             step >= request.givenOffset[trajectory + 1] - request.givenOffset[trajectory];
    };
    if constexpr (PreparedEnvironment<E>) {
      return advance(model, batch, request.maximumRows, beforeRows, afterRows, choose, draws);
    } else {
      lookAhead(model);
      return advance(model, batch, request.maximumRows, beforeRows, afterRows, choose, draws);
    }
  }

  bool replay(FlowModel& model, const ReplayRequest& request, PackedBatch& batch) override {
    begin(model, batch, static_cast<int>(request.offset.size()) - 1, request.condition);
    const auto choose = [&](int from, int to, int step) {
      for (int i = from; i < to; i++) {
        const int trajectory = active_[i];
        const int32_t position = request.offset[trajectory] + step;
        const int action = position < request.offset[trajectory + 1] ? request.action[position] : -1;
        action_[i] = requireAllowed(action, trajectory, step);
      }
    };
    const auto never = [](int /*trajectory*/, int /*step*/) { return false; };
    if (!advance(model, batch, request.maximumRows, [](int) {}, [](int, int, int) {}, choose, never)) return false;
    for (int b = 0; b < batch.trajectories; b++) {
      const int given = request.offset[b + 1] - request.offset[b];
      const int taken = batch.offset[b + 1] - batch.offset[b];
      if (given != taken) {
        throw Error("ERR_ARGUMENT", "forwardAction: expected trajectory " + std::to_string(b) + " to end after " +
                                        std::to_string(taken) + " actions, got " + std::to_string(given));
      }
    }
    return true;
  }

  bool traceBackward(FlowModel& model, const BackwardRequest& request, PackedBatch& batch,
                     RecordedTrajectories& trajectories) override {
    const int count = static_cast<int>(request.terminalStates.size() / static_cast<size_t>(stateSize()));
    begin(model, batch, count, {});
    readStates(request.terminalStates);
    std::vector<std::vector<int32_t>> reversed(static_cast<size_t>(count));
    std::vector<int> active(static_cast<size_t>(count));
    for (int b = 0; b < count; b++) active[b] = b;
    for (uint32_t undone = 0; !active.empty(); undone++) {
      if (model.backwardActions() > 0) {
        for (const int b : active) rowOf(state(b));
        if (table_.size() > request.maximumRows) return false;
        evaluateRows(model, batch);
      }
      std::vector<int> backward;
      size_t kept = 0;
      for (const int b : active) {
        const int action = chooseBackward(model, state(b), request.random.uniform(request.firstTrajectory + b, undone));
        if (action < 0) continue;  // the initial state
        backward.push_back(action);
        active[kept++] = b;
      }
      active.resize(kept);
      if constexpr (PreparedEnvironment<E>) environment_.prepareUndo(gather(active), backward);
      for (size_t i = 0; i < kept; i++) {
        reversed[active[i]].push_back(environment_.undo(state(active[i]), backward[i]));
      }
    }
    for (int b = 0; b < count; b++) {
      std::reverse(reversed[b].begin(), reversed[b].end());
      trajectories.append(reversed[b], conditionOf(state(b)));
    }
    return true;
  }

  bool addParents(FlowModel& model, int maximumRows, PackedBatch& batch) override {
    ParentLists& parents = batch.parents;
    parents.visitedRows = table_.size();
    parents.offset.assign(1, 0);
    parents.row.clear();
    parents.action.clear();
    parents.multiplicity.assign(static_cast<size_t>(parents.visitedRows), 0);
    for (const int32_t row : batch.stateRow) {
      if (row >= 0) parents.multiplicity[row]++;
    }
    if constexpr (PreparedEnvironment<E>) {
      environment_.prepareParents(rowStates_);
      environment_.prepareParents(states_);
    }
    for (int row = 0; row < parents.visitedRows; row++) {
      // Adding rows moves rowStates_: copy the state out first.
      std::memcpy(child_.data(), rowStates_.data() + row * stateSize_, stateSize_ * sizeof(int32_t));
      appendParents(parents);
      if (table_.size() > maximumRows) return false;
    }
    for (int b = 0; b < batch.trajectories; b++) {
      std::memcpy(child_.data(), state(b), stateSize_ * sizeof(int32_t));
      appendParents(parents);
      if (table_.size() > maximumRows) return false;
    }
    evaluateRows(model, batch);
    return true;
  }

  int observationWidth() const override { return environment_.observationWidth(); }

  std::vector<int32_t> observe(std::span<const int32_t> terminalStates) override {
    const auto width = static_cast<size_t>(environment_.observationWidth());
    std::vector<int32_t> observation(terminalStates.size() / static_cast<size_t>(stateSize()) * width);
    const auto observeAll = [&](std::span<const int32_t> states) {
      for (size_t first = 0, i = 0; first < states.size(); first += stateSize_, i++) {
        environment_.observe(states.data() + first, observation.data() + i * width);
      }
    };
    if constexpr (PreparedEnvironment<E>) {
      observeAll(environment_.fromExternal(terminalStates));
    } else {
      observeAll(terminalStates);
    }
    return observation;
  }

  double conditionedLogReward(double own, std::span<const int32_t> terminalState) const override {
    const auto size = static_cast<size_t>(environment_.conditionSize());
    return environment_.conditionedLogReward(own, terminalState.last(size).data());
  }

  Enumeration enumerate(int64_t maximumStates) override { return enumerateStates(environment_, maximumStates); }

  void setCondition(Enumeration& graph, std::span<const int32_t> condition) const override {
    const auto width = static_cast<size_t>(graph.observationWidth);
    const auto seen = static_cast<size_t>(environment_.conditionWidth());
    for (size_t i = 0; i < static_cast<size_t>(graph.interior); i++) {
      environment_.observeCondition(condition.data(), graph.observation.data() + (i + 1) * width - seen);
    }
    const auto size = static_cast<size_t>(stateSize());
    for (size_t i = 0; i < static_cast<size_t>(graph.terminal); i++) {
      int32_t* end = graph.terminalState.data() + (i + 1) * size;
      std::copy(condition.begin(), condition.end(), end - condition.size());
      // To the outside the states of a prepared environment are others; its own rewards depend on no condition.
      if constexpr (PreparedEnvironment<E>) {
        graph.logReward[i] = environment_.conditionedLogReward(graph.ownLogReward[i], condition.data());
      } else {
        graph.logReward[i] = environment_.logReward(end - size);
      }
    }
  }

 private:
  static void expectSize(const char* what, int expected, int got) {
    if (expected == got) return;
    throw Error("ERR_MODEL_ENVIRONMENT", std::string("model: expected ") + std::to_string(expected) + " " + what +
                                             " for this environment, got " + std::to_string(got));
  }

  // The states of trajectories, as prepared environments take them: numbers.
  std::vector<int32_t> gather(const std::vector<int>& trajectories) {
    std::vector<int32_t> states;
    states.reserve(trajectories.size());
    for (const int b : trajectories) states.push_back(*state(b));
    return states;
  }

  void readStates(std::span<const int32_t> external) {
    if constexpr (PreparedEnvironment<E>) {
      states_ = environment_.fromExternal(external);
    } else {
      states_.assign(external.begin(), external.end());
    }
  }

  void writeStates(std::vector<int32_t>& external) {
    if constexpr (PreparedEnvironment<E>) {
      const auto size = static_cast<size_t>(environment_.externalSize());
      const size_t count = states_.size() / stateSize_;
      external.resize(count * size);
      for (size_t b = 0; b < count; b++) {
        environment_.toExternal(states_.data() + b * stateSize_, external.data() + b * size);
      }
    } else {
      external = states_;
    }
  }

  // An index must not lead out of the buffer.
  void checkObservation(const ObservationTensor& observation, int first) const {
    const auto elements = static_cast<int>(observation.tensor.rowElements());
    const bool oneHot = !observation.values && observation.tensor.type != ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64;
    if (!oneHot) return expectSize("observation elements", observation.width, elements);
    for (int position = first; position < first + observation.width; position++) {
      if (position < environment_.observationWidth()) {
        expectSize("observation elements", observationBound(environment_, position), elements);
      }
    }
  }

  int32_t* state(int trajectory) { return states_.data() + static_cast<size_t>(trajectory) * stateSize_; }

  std::span<const int32_t> conditionOf(const int32_t* state) const {
    const auto size = static_cast<size_t>(environment_.conditionSize());
    return {state + stateSize_ - size, size};
  }

  // condition: [count x conditionSize], or empty.
  void begin(FlowModel& model, PackedBatch& batch, int count, std::span<const int32_t> condition) {
    batch.conditionSize = environment_.conditionSize();
    batch.condition.assign(static_cast<size_t>(count) * static_cast<size_t>(batch.conditionSize), 0);
    std::copy(condition.begin(), condition.end(), batch.condition.begin());
    model.clear();
    lookingAhead_ = false;
    table_.clear();
    rowStates_.clear();
    batch.trajectories = count;
    if constexpr (PreparedEnvironment<E>) environment_.beginBatch();
    states_.resize(static_cast<size_t>(count) * stateSize_);
    child_.resize(stateSize_);
    parent_.resize(stateSize_);
    scratch_.resize(static_cast<size_t>(model.pool().threads()));
    for (Scratch& scratch : scratch_) {
      scratch.observation.resize(static_cast<size_t>(environment_.observationWidth()));
      scratch.mask.resize(backwardActions_);
    }
  }

  // The row of a state. A new one has the next row, which must be evaluated before it is used.
  int rowOf(const int32_t* state) {
    environment_.key(state, key_.data());
    return rowOf(key_.data(), state);
  }

  int rowOf(const uint64_t* key, const int32_t* state) {
    const auto [row, isNew] = table_.insert(key);
    if (isNew) rowStates_.insert(rowStates_.end(), state, state + stateSize_);
    return row;
  }

  void evaluateRows(FlowModel& model, PackedBatch& batch) {
    evaluateRows(model, batch, [](int, int, int) {});
  }

  // Masks, counts of backward actions and outputs of all rows that have none yet.
  template <class After>
  void evaluateRows(FlowModel& model, PackedBatch& batch, const After& after) {
    const int first = model.rows();
    const int last = table_.size();
    if (first == last) return;
    model.extend(last - first);
    batch.allowed.resize(static_cast<size_t>(last) * actions_);
    batch.backwardAllowed.resize(model.backwardActions() > 0 ? static_cast<size_t>(last) * backwardActions_ : 0);
    rowBackwardCount_.resize(static_cast<size_t>(last));
    if (lookingAhead_ && takeAhead(model, batch, first, last)) return after(first, last, 0);
    const auto before = [&](int from, int to, int worker) {
      for (int row = from; row < to; row++) prepareRow(model, batch, row, scratch_[worker]);
    };
    model.evaluate(first, before, after);
  }

  // Evaluates the states that are likely to come, and begins to look for them among the rows of the batch.
  void lookAhead(FlowModel& model) {
    recurring_.beginBatch(std::min(kRecurringStates, kRecurringBytes / model.rowBytes()));
    lookingAhead_ = true;
    if (recurring_.likelyStates() == 0) return;
    model.evaluateAhead(recurring_.likelyStates(), [&](int number, int worker) {
      environment_.observe(recurring_.likelyState(number), scratch_[worker].observation.data());
      model.observeAhead(number, scratch_[worker].observation.data());
    });
  }

  // Whether all rows from `first` to `last` were evaluated ahead; their outputs are in place then.
  bool takeAhead(FlowModel& model, PackedBatch& batch, int first, int last) {
    if (recurring_.empty()) return false;
    aheadNumber_.clear();
    recurring_.beginCall();
    for (int row = first; row < last; row++) aheadNumber_.push_back(recurring_.meet(table_.keys() + row * keyWords_));
    recurring_.endCall();
    if (*std::min_element(aheadNumber_.begin(), aheadNumber_.end()) < 0) return false;
    for (int row = first; row < last; row++) {
      prepareRow(model, batch, row, scratch_[0]);
      model.takeAhead(aheadNumber_[row - first], row);
    }
    return true;
  }

  struct Scratch;
  void prepareRow(FlowModel& model, PackedBatch& batch, int row, Scratch& scratch) {
    const auto index = static_cast<size_t>(row);
    const int32_t* state = rowStates_.data() + index * stateSize_;
    environment_.observe(state, scratch.observation.data());
    model.observe(row, scratch.observation.data());
    allowedMask(environment_, state, batch.allowed.data() + index * actions_);
    rowBackwardCount_[index] = fillBackwardMask(state, scratch.mask);
    if (model.backwardActions() > 0) {
      std::copy(scratch.mask.begin(), scratch.mask.end(), batch.backwardAllowed.data() + index * backwardActions_);
    }
  }

  // Returns how many backward actions are allowed.
  int fillBackwardMask(const int32_t* state, std::vector<uint8_t>& mask) const {
    backwardMask(environment_, state, mask.data());
    int count = 0;
    for (const uint8_t allowed : mask) count += allowed;
    return count;
  }

  // The behaviour policy of a row, as running sums.
  void behaviourRow(const FlowModel& model, const PackedBatch& batch, const ForwardRequest& request, int row) {
    const size_t first = static_cast<size_t>(row) * actions_;
    mixturePolicy(model.forwardLogits(row), batch.allowed.data() + first, request.temperature, request.exploration,
                  behaviour_.data() + first, actions_);
  }

  // A backward action drawn from P_B, -1 at the initial state.
  int chooseBackward(const FlowModel& model, const int32_t* state, double uniform) {
    std::vector<uint8_t>& mask = scratch_[0].mask;
    const size_t actions = mask.size();
    const int count = fillBackwardMask(state, mask);
    if (count == 0) return -1;
    cumulative_.resize(actions);
    double total = count;
    if (model.backwardActions() == 0) {
      std::copy(mask.begin(), mask.end(), cumulative_.begin());
    } else {
      environment_.key(state, key_.data());
      const float* logits = model.backwardLogits(table_.find(key_.data()));
      total = softmaxWeights(logits, mask.data(), 1, cumulative_.data(), actions).sum;
    }
    double sum = 0;
    for (double& value : cumulative_) value = sum += value / total;
    return drawChoice(cumulative_.data(), mask.data(), actions, uniform);
  }

  // The given action, if it is allowed where the trajectory stands.
  int requireAllowed(int action, int trajectory, int step) {
    if (action < 0 || static_cast<size_t>(action) >= actions_ || !environment_.allowed(state(trajectory), action)) {
      throw Error("ERR_ARGUMENT", "forwardAction: expected an allowed action at step " + std::to_string(step) +
                                      " of trajectory " + std::to_string(trajectory) + ", got " +
                                      std::to_string(action));
    }
    return action;
  }

  // Runs all trajectories from the initial state to their ends. beforeRows(rows) is told how many there are about to
  // be, afterRows(from, to, worker) which have just been evaluated; choose(from, to, step), called from several
  // threads, writes the next actions of these active trajectories; draws(trajectory, step) says whether one needs the
  // row's outputs. Rows that no choice needs are evaluated all at once, at the end.
  template <class BeforeRows, class AfterRows, class Choose, class Draws>
  bool advance(FlowModel& model, PackedBatch& batch, int maximumRows, const BeforeRows& beforeRows,
               const AfterRows& afterRows, const Choose& choose, const Draws& draws) {
    start(batch);
    for (int step = 0; !active_.empty(); step++) {
      if constexpr (PreparedEnvironment<E>) requireShorter(step);
      const auto count = static_cast<int>(active_.size());
      for (int i = 0; i < count; i++) rows_[i] = rowOf(keys_.data() + i * keyWords_, state(active_[i]));
      if (table_.size() > maximumRows) return false;
      beforeRows(table_.size());
      const auto drawing = [&](int trajectory) { return draws(trajectory, step); };
      if (std::any_of(active_.begin(), active_.end(), drawing)) evaluateRows(model, batch, afterRows);
      const size_t taken = steps_.size();
      steps_.resize(taken + static_cast<size_t>(count));
      if constexpr (PreparedEnvironment<E>) {
        choose(0, count, step);
        environment_.prepareApply(gather(active_), std::span(action_).first(static_cast<size_t>(count)));
        for (int i = 0; i < count; i++) {
          steps_[taken + i] = {active_[i], rows_[i], action_[i], transition(batch, i, action_[i], scratch_[0])};
        }
      } else {
        model.pool().forEachRange(count, trajectoriesAtOnce_, [&](int from, int to, int worker) {
          choose(from, to, step);
          for (int i = from; i < to; i++) {
            steps_[taken + i] = {active_[i], rows_[i], action_[i], transition(batch, i, action_[i], scratch_[worker])};
          }
        });
      }
      keepActive();
    }
    evaluateRows(model, batch);
    if (lookingAhead_) recurring_.endBatch(table_.size(), table_.keys(), rowStates_.data());
    lookingAhead_ = false;
    writeStates(batch.terminalState);
    pack(batch);
    if (!addTerminalRows(model, maximumRows, batch)) return false;
    evaluateRows(model, batch);
    return true;
  }

  void requireShorter(int step) const {
    if (step < environment_.maximumLength()) return;
    throw Error("ERR_ENVIRONMENT", "maximumLength: expected every trajectory to end within " + std::to_string(step) +
                                       " transitions, got a longer one");
  }

  void start(PackedBatch& batch) {
    const auto count = static_cast<size_t>(batch.trajectories);
    active_.resize(count);
    rows_.resize(count);
    action_.resize(count);
    ended_.resize(count);
    keys_.resize(count * keyWords_);
    for (int b = 0; b < batch.trajectories; b++) {
      active_[b] = b;
      environment_.initial(state(b));
      const auto size = static_cast<size_t>(batch.conditionSize);
      std::copy_n(batch.condition.data() + static_cast<size_t>(b) * size, size, state(b) + stateSize_ - size);
      environment_.key(state(b), keys_.data() + b * keyWords_);
    }
    steps_.clear();
    length_.assign(count, 0);
    batch.logReward.resize(count);
    terminalCount_.resize(count);
  }

  // Takes an action in the i-th active trajectory; returns the backward action that undoes it.
  int transition(PackedBatch& batch, int i, int action, Scratch& scratch) {
    const int b = active_[i];
    const int backward = environment_.apply(state(b), action);
    length_[b]++;
    ended_[i] = environment_.isTerminal(state(b)) ? 1 : 0;
    if (ended_[i] != 0) {
      batch.logReward[b] = environment_.logReward(state(b));
      terminalCount_[b] = fillBackwardMask(state(b), scratch.mask);
    } else {
      environment_.key(state(b), keys_.data() + i * keyWords_);
    }
    return backward;
  }

  void keepActive() {
    size_t kept = 0;
    for (size_t i = 0; i < active_.size(); i++) {
      if (ended_[i] != 0) continue;
      active_[kept] = active_[i];
      std::copy_n(keys_.data() + i * keyWords_, keyWords_, keys_.data() + kept * keyWords_);
      kept++;
    }
    active_.resize(kept);
  }

  void pack(PackedBatch& batch) {
    const int count = batch.trajectories;
    batch.transitions = static_cast<int>(steps_.size());
    batch.offset.assign(1, 0);
    for (int b = 0; b < count; b++) batch.offset.push_back(batch.offset.back() + length_[b]);
    const auto transitions = static_cast<size_t>(batch.transitions);
    batch.forwardAction.resize(transitions);
    batch.backwardAction.resize(transitions);
    batch.stateRow.resize(transitions + static_cast<size_t>(count));
    batch.backwardCount.resize(transitions + static_cast<size_t>(count));
    length_.assign(static_cast<size_t>(count), 0);
    for (const Step& step : steps_) {
      const int transition = batch.offset[step.trajectory] + length_[step.trajectory]++;
      batch.forwardAction[transition] = step.action;
      batch.backwardAction[transition] = step.backward;
      batch.stateRow[transition + step.trajectory] = step.row;
      batch.backwardCount[transition + step.trajectory] = rowBackwardCount_[step.row];
    }
    for (int b = 0; b < count; b++) {
      batch.stateRow[batch.offset[b + 1] + b] = -1;
      batch.backwardCount[batch.offset[b + 1] + b] = terminalCount_[b];
    }
  }

  // A learned P_B is asked about terminal states with more than one parent.
  bool addTerminalRows(const FlowModel& model, int maximumRows, PackedBatch& batch) {
    if (model.backwardActions() == 0) return true;
    for (int b = 0; b < batch.trajectories; b++) {
      if (terminalCount_[b] < 2) continue;
      batch.stateRow[batch.offset[b + 1] + b] = rowOf(state(b));
    }
    return table_.size() <= maximumRows;
  }

  // Appends the incoming edges of child_.
  void appendParents(ParentLists& parents) {
    for (int backward = 0; backward < environment_.backwardActions(); backward++) {
      if (!environment_.backwardAllowed(child_.data(), backward)) continue;
      std::memcpy(parent_.data(), child_.data(), stateSize_ * sizeof(int32_t));
      const int action = environment_.undo(parent_.data(), backward);
      parents.row.push_back(rowOf(parent_.data()));
      parents.action.push_back(action);
    }
    parents.offset.push_back(static_cast<int32_t>(parents.row.size()));
  }

  struct Step {
    int trajectory;
    int row;
    int action;
    int backward;
  };
  // What one thread writes to while it works on a state.
  struct Scratch {
    std::vector<int32_t> observation;
    std::vector<uint8_t> mask;  // [Ab]
  };

  // What makes it worth waking another thread: actions of all trajectories to draw from, and trajectories.
  static constexpr int kActionsAtOnce = 2048;
  static constexpr int kLeastTrajectoriesAtOnce = 32;
  // States that are kept in mind from batch to batch, and the bytes that their rows may take.
  static constexpr size_t kRecurringStates = 256;
  static constexpr size_t kRecurringBytes = size_t{1} << 24U;

  E environment_;
  size_t stateSize_;
  size_t actions_;
  size_t backwardActions_;
  size_t keyWords_;
  int trajectoriesAtOnce_;  // that one thread takes a step further at a time
  StateTable table_;        // state key -> row
  RecurringStates recurring_;
  bool lookingAhead_ = false;     // the rows of this batch may have been evaluated ahead
  std::vector<int> aheadNumber_;  // of each row of a call
  std::vector<uint64_t> key_;
  std::vector<Scratch> scratch_;           // one a thread
  std::vector<int32_t> states_;            // [B x stateSize] where each trajectory stands
  std::vector<int32_t> child_;             // a state
  std::vector<int32_t> parent_;            // a state
  std::vector<int32_t> rowStates_;         // [R x stateSize]
  std::vector<int32_t> rowBackwardCount_;  // [R]
  std::vector<double> behaviour_;          // [R x A] running sums of the behaviour policy
  std::vector<double> cumulative_;         // [Ab] running sums of P_B in one state
  std::vector<int> active_;                // trajectories that have not ended
  std::vector<int> rows_;                  // row of each active trajectory
  std::vector<double> uniform_;            // random number of each active trajectory
  std::vector<int32_t> action_;            // next action of each active trajectory
  std::vector<uint64_t> keys_;             // key of each active trajectory
  std::vector<uint8_t> ended_;             // whether the last step ended the active trajectory
  std::vector<Step> steps_;                // in the order taken: all trajectories' first, then second, ...
  std::vector<int> length_;
  std::vector<int> terminalCount_;
};

}  // namespace gflownet
