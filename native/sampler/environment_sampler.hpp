#pragma once

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "env/environment.hpp"
#include "error.hpp"
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
        table_(environment_.keyWords()),
        key_(static_cast<size_t>(environment_.keyWords())),
        observation_(static_cast<size_t>(environment_.observationWidth())),
        backwardMask_(static_cast<size_t>(environment_.backwardActions())) {}

  int stateSize() const override { return environment_.stateSize(); }

  void checkModel(const FlowModel& model) const override {
    const bool indices = model.observation().type == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64;
    expectSize("observation elements", indices ? environment_.observationWidth() : environment_.observationSize(),
               static_cast<int>(model.observation().rowElements()));
    expectSize("forward_logits", environment_.actions(), model.actions());
    if (model.backwardActions() > 0) {
      expectSize("backward_logits", environment_.backwardActions(), model.backwardActions());
    }
  }

  bool sampleForward(FlowModel& model, const ForwardRequest& request, PackedBatch& batch) override {
    begin(model, batch, request.count);
    behaviour_.clear();
    // policyRow: the mixture of the tempered policy and the uniform one, as running sums over actions in order.
    const auto policyRow = [&](int row) { behaviourRow(model, batch, request, row); };
    const auto choose = [&](int row, int trajectory, int step) {
      const double uniform = request.random.uniform(request.firstTrajectory + static_cast<uint64_t>(trajectory),
                                                    static_cast<uint32_t>(step));
      return draw(behaviour_.data() + static_cast<size_t>(row) * actions_,
                  batch.allowed.data() + static_cast<size_t>(row) * actions_, actions_, uniform);
    };
    return advance(model, batch, request.maximumRows, policyRow, choose);
  }

  bool replay(FlowModel& model, const ReplayRequest& request, PackedBatch& batch) override {
    begin(model, batch, static_cast<int>(request.offset.size()) - 1);
    return replayKeepingRows(model, request, batch);
  }

  bool sampleBackward(FlowModel& model, const BackwardRequest& request, PackedBatch& batch) override {
    const int count = static_cast<int>(request.terminalStates.size() / stateSize_);
    begin(model, batch, count);
    std::memcpy(states_.data(), request.terminalStates.data(), request.terminalStates.size_bytes());
    std::vector<std::vector<int32_t>> reversed(static_cast<size_t>(count));
    std::vector<int> active(static_cast<size_t>(count));
    for (int b = 0; b < count; b++) active[b] = b;
    for (uint32_t undone = 0; !active.empty(); undone++) {
      if (model.backwardActions() > 0) {
        const int first = model.rows();
        for (const int b : active) {
          if (stateRow(model, batch, state(b)) < 0) return false;
          if (model.rows() > request.maximumRows) return false;
        }
        if (model.rows() > first) model.evaluate(first, model.rows());
      }
      size_t kept = 0;
      for (const int b : active) {
        const int backward =
            chooseBackward(model, state(b), request.random.uniform(request.firstTrajectory + b, undone));
        if (backward < 0) continue;  // the initial state
        reversed[b].push_back(environment_.undo(state(b), backward));
        active[kept++] = b;
      }
      active.resize(kept);
    }
    std::vector<int32_t> offset{0};
    std::vector<int32_t> action;
    for (const auto& actions : reversed) {
      action.insert(action.end(), actions.rbegin(), actions.rend());
      offset.push_back(static_cast<int32_t>(action.size()));
    }
    return replayKeepingRows(model, {offset, action, request.maximumRows}, batch);
  }

  bool addParents(FlowModel& model, int maximumRows, PackedBatch& batch) override {
    ParentLists& parents = batch.parents;
    parents.visitedRows = model.rows();
    parents.offset.assign(1, 0);
    parents.row.clear();
    parents.action.clear();
    parents.multiplicity.assign(static_cast<size_t>(parents.visitedRows), 0);
    for (const int32_t row : batch.stateRow) {
      if (row >= 0) parents.multiplicity[row]++;
    }
    for (int row = 0; row < parents.visitedRows; row++) {
      // Appending rows moves rowStates_: copy the state out first.
      std::memcpy(scratch_.data(), rowStates_.data() + row * stateSize_, stateSize_ * sizeof(int32_t));
      if (!appendParents(model, batch, maximumRows)) return false;
    }
    for (int b = 0; b < batch.trajectories; b++) {
      std::memcpy(scratch_.data(), batch.terminalState.data() + b * stateSize_, stateSize_ * sizeof(int32_t));
      if (!appendParents(model, batch, maximumRows)) return false;
    }
    if (model.rows() > parents.visitedRows) model.evaluate(parents.visitedRows, model.rows());
    return true;
  }

  Enumeration enumerate(int64_t maximumStates) override {
    Enumeration graph;
    graph.observationWidth = environment_.observationWidth();
    StateTable interior(environment_.keyWords());
    StateTable terminal(environment_.keyWords());
    std::vector<int32_t> states(stateSize_);
    std::vector<int32_t> indegree{0};
    std::vector<int32_t> child(stateSize_);
    std::vector<uint8_t> allowed(actions_);
    environment_.initial(states.data());
    environment_.key(states.data(), key_.data());
    interior.insert(key_.data());
    graph.edgeOffset.push_back(0);
    for (int number = 0; number < interior.size(); number++) {
      const int32_t* parent = states.data() + static_cast<size_t>(number) * stateSize_;
      environment_.observe(parent, observation_.data());
      graph.observation.insert(graph.observation.end(), observation_.begin(), observation_.end());
      allowedMask(environment_, parent, allowed.data());
      for (size_t action = 0; action < actions_; action++) {
        if (allowed[action] == 0) continue;
        std::memcpy(child.data(), states.data() + static_cast<size_t>(number) * stateSize_,
                    stateSize_ * sizeof(int32_t));
        environment_.apply(child.data(), static_cast<int>(action));
        environment_.key(child.data(), key_.data());
        graph.edgeAction.push_back(static_cast<int32_t>(action));
        if (environment_.isTerminal(child.data())) {
          const auto [index, isNew] = terminal.insert(key_.data());
          graph.edgeChild.push_back(-1 - index);
          if (isNew) {
            graph.terminalState.insert(graph.terminalState.end(), child.begin(), child.end());
            graph.logReward.push_back(environment_.logReward(child.data()));
          }
        } else {
          const auto [index, isNew] = interior.insert(key_.data());
          graph.edgeChild.push_back(index);
          if (isNew) {
            states.insert(states.end(), child.begin(), child.end());
            indegree.push_back(0);
          }
          indegree[index]++;
        }
        if (int64_t{interior.size()} + terminal.size() > maximumStates) {
          throw Error("ERR_NOT_ENUMERABLE", "the environment has more than " + std::to_string(maximumStates) +
                                                " states: an exact distribution is not computed");
        }
      }
      graph.edgeOffset.push_back(static_cast<int64_t>(graph.edgeAction.size()));
    }
    graph.interior = interior.size();
    graph.terminal = terminal.size();
    sortTopologically(graph, indegree);
    return graph;
  }

 private:
  static void expectSize(const char* what, int expected, int got) {
    if (expected == got) return;
    throw Error("ERR_MODEL_ENVIRONMENT", std::string("model: expected ") + std::to_string(expected) + " " + what +
                                             " for this environment, got " + std::to_string(got));
  }

  int32_t* state(int trajectory) { return states_.data() + static_cast<size_t>(trajectory) * stateSize_; }

  void begin(FlowModel& model, PackedBatch& batch, int count) {
    model.clear();
    table_.clear();
    rowStates_.clear();
    rowBackwardCount_.clear();
    batch.trajectories = count;
    batch.allowed.clear();
    batch.backwardAllowed.clear();
    states_.resize(static_cast<size_t>(count) * stateSize_);
    scratch_.resize(stateSize_);
    parent_.resize(stateSize_);
  }

  // The row of a state; a new one gets the model's next row, its masks and its count of backward actions.
  int stateRow(FlowModel& model, PackedBatch& batch, const int32_t* state) {
    environment_.key(state, key_.data());
    const auto [row, isNew] = table_.insert(key_.data());
    if (!isNew) return row;
    environment_.observe(state, observation_.data());
    model.append(observation_.data(), environment_.observationWidth());
    batch.allowed.resize(batch.allowed.size() + actions_);
    allowedMask(environment_, state, batch.allowed.data() + batch.allowed.size() - actions_);
    rowBackwardCount_.push_back(fillBackwardMask(state));
    if (model.backwardActions() > 0) {
      batch.backwardAllowed.insert(batch.backwardAllowed.end(), backwardMask_.begin(), backwardMask_.end());
    }
    rowStates_.insert(rowStates_.end(), state, state + stateSize_);
    return row;
  }

  int fillBackwardMask(const int32_t* state) {
    backwardMask(environment_, state, backwardMask_.data());
    int count = 0;
    for (const uint8_t allowed : backwardMask_) count += allowed;
    return count;
  }

  void behaviourRow(const FlowModel& model, const PackedBatch& batch, const ForwardRequest& request, int row) {
    const float* logits = model.forwardLogits(row);
    const uint8_t* allowed = batch.allowed.data() + static_cast<size_t>(row) * actions_;
    behaviour_.resize(static_cast<size_t>(row + 1) * actions_);
    double* cumulative = behaviour_.data() + static_cast<size_t>(row) * actions_;
    double largest = -std::numeric_limits<double>::infinity();
    int count = 0;
    for (size_t a = 0; a < actions_; a++) {
      if (allowed[a] == 0) continue;
      count++;
      if (logits[a] > largest) largest = logits[a];
    }
    double total = 0;
    for (size_t a = 0; a < actions_; a++) {
      cumulative[a] = allowed[a] != 0 ? std::exp((logits[a] - largest) / request.temperature) : 0.0;
      total += cumulative[a];
    }
    const double uniform = request.exploration / count;
    double sum = 0;
    for (size_t a = 0; a < actions_; a++) {
      if (allowed[a] != 0) sum += (1 - request.exploration) * cumulative[a] / total + uniform;
      cumulative[a] = sum;
    }
  }

  // The first allowed action whose running sum exceeds the uniform number; the last allowed one if rounding leaves
  // none.
  static int draw(const double* cumulative, const uint8_t* allowed, size_t actions, double uniform) {
    int last = -1;
    for (size_t a = 0; a < actions; a++) {
      if (allowed[a] == 0) continue;
      last = static_cast<int>(a);
      if (uniform < cumulative[a]) break;
    }
    return last;
  }

  // A backward action drawn from P_B, -1 at the initial state.
  int chooseBackward(const FlowModel& model, const int32_t* state, double uniform) {
    const size_t actions = backwardMask_.size();
    const int count = fillBackwardMask(state);
    if (count == 0) return -1;
    cumulative_.assign(actions, 0.0);
    if (model.backwardActions() == 0) {
      double sum = 0;
      for (size_t a = 0; a < actions; a++) cumulative_[a] = sum += backwardMask_[a] != 0 ? 1.0 / count : 0.0;
    } else {
      environment_.key(state, key_.data());
      const float* logits = model.backwardLogits(table_.find(key_.data()));
      double largest = -std::numeric_limits<double>::infinity();
      for (size_t a = 0; a < actions; a++) {
        if (backwardMask_[a] != 0 && logits[a] > largest) largest = logits[a];
      }
      double total = 0;
      for (size_t a = 0; a < actions; a++) {
        if (backwardMask_[a] != 0) total += cumulative_[a] = std::exp(logits[a] - largest);
      }
      double sum = 0;
      for (size_t a = 0; a < actions; a++) cumulative_[a] = sum += cumulative_[a] / total;
    }
    return draw(cumulative_.data(), backwardMask_.data(), actions, uniform);
  }

  bool replayKeepingRows(FlowModel& model, const ReplayRequest& request, PackedBatch& batch) {
    const auto choose = [&](int row, int trajectory, int step) {
      const int32_t position = request.offset[trajectory] + step;
      const int action = position < request.offset[trajectory + 1] ? request.action[position] : -1;
      if (action < 0 || static_cast<size_t>(action) >= actions_ ||
          batch.allowed[static_cast<size_t>(row) * actions_ + static_cast<size_t>(action)] == 0) {
        throw Error("ERR_ARGUMENT", "forwardAction: expected an allowed action at step " + std::to_string(step) +
                                        " of trajectory " + std::to_string(trajectory) + ", got " +
                                        std::to_string(action));
      }
      return action;
    };
    if (!advance(model, batch, request.maximumRows, [](int) {}, choose)) return false;
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

  // Runs all trajectories from the initial state to their ends.
  template <class PolicyRow, class Choose>
  bool advance(FlowModel& model, PackedBatch& batch, int maximumRows, const PolicyRow& policyRow,
               const Choose& choose) {
    const int count = batch.trajectories;
    active_.resize(static_cast<size_t>(count));
    for (int b = 0; b < count; b++) {
      active_[b] = b;
      environment_.initial(state(b));
    }
    steps_.clear();
    length_.assign(static_cast<size_t>(count), 0);
    batch.logReward.resize(static_cast<size_t>(count));
    terminalCount_.resize(static_cast<size_t>(count));
    int evaluated = model.rows();
    for (int step = 0; !active_.empty(); step++) {
      current_.clear();
      for (const int b : active_) {
        current_.push_back(stateRow(model, batch, state(b)));
        if (model.rows() > maximumRows) return false;
      }
      if (model.rows() > evaluated) {
        model.evaluate(evaluated, model.rows());
        for (int row = evaluated; row < model.rows(); row++) policyRow(row);
        evaluated = model.rows();
      }
      size_t kept = 0;
      for (size_t i = 0; i < active_.size(); i++) {
        const int b = active_[i];
        const int action = choose(current_[i], b, step);
        const int backward = environment_.apply(state(b), action);
        steps_.push_back({b, current_[i], action, backward});
        length_[b]++;
        if (environment_.isTerminal(state(b))) {
          batch.logReward[b] = environment_.logReward(state(b));
          terminalCount_[b] = fillBackwardMask(state(b));
        } else {
          active_[kept++] = b;
        }
      }
      active_.resize(kept);
    }
    batch.terminalState = states_;
    pack(batch);
    if (!addTerminalRows(model, batch, maximumRows)) return false;
    if (model.rows() > evaluated) model.evaluate(evaluated, model.rows());
    return true;
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
  bool addTerminalRows(FlowModel& model, PackedBatch& batch, int maximumRows) {
    if (model.backwardActions() == 0) return true;
    for (int b = 0; b < batch.trajectories; b++) {
      if (terminalCount_[b] < 2) continue;
      batch.stateRow[batch.offset[b + 1] + b] = stateRow(model, batch, state(b));
      if (model.rows() > maximumRows) return false;
    }
    return true;
  }

  // Appends the incoming edges of the state in scratch_.
  bool appendParents(FlowModel& model, PackedBatch& batch, int maximumRows) {
    for (int backward = 0; backward < environment_.backwardActions(); backward++) {
      if (!environment_.backwardAllowed(scratch_.data(), backward)) continue;
      std::memcpy(parent_.data(), scratch_.data(), stateSize_ * sizeof(int32_t));
      const int action = environment_.undo(parent_.data(), backward);
      batch.parents.row.push_back(stateRow(model, batch, parent_.data()));
      batch.parents.action.push_back(action);
      if (model.rows() > maximumRows) return false;
    }
    batch.parents.offset.push_back(static_cast<int32_t>(batch.parents.row.size()));
    return true;
  }

  static void sortTopologically(Enumeration& graph, std::vector<int32_t>& indegree) {
    graph.order.assign(1, 0);
    for (size_t i = 0; i < graph.order.size(); i++) {
      const int32_t parent = graph.order[i];
      for (int64_t edge = graph.edgeOffset[parent]; edge < graph.edgeOffset[parent + 1]; edge++) {
        const int32_t child = graph.edgeChild[edge];
        if (child >= 0 && --indegree[child] == 0) graph.order.push_back(child);
      }
    }
  }

  struct Step {
    int trajectory;
    int row;
    int action;
    int backward;
  };

  E environment_;
  size_t stateSize_;
  size_t actions_;
  StateTable table_;  // state key -> row
  std::vector<uint64_t> key_;
  std::vector<int32_t> observation_;
  std::vector<uint8_t> backwardMask_;
  std::vector<int32_t> states_;            // [B x stateSize] where each trajectory stands
  std::vector<int32_t> scratch_;           // a state
  std::vector<int32_t> parent_;            // a state
  std::vector<int32_t> rowStates_;         // [R x stateSize]
  std::vector<int32_t> rowBackwardCount_;  // [R]
  std::vector<double> behaviour_;          // [R x A] running sums of the behaviour policy
  std::vector<double> cumulative_;         // [Ab] running sums of P_B in one state
  std::vector<int> active_;
  std::vector<int> current_;  // row of each active trajectory
  std::vector<Step> steps_;   // in the order taken: all trajectories' first, then second, ...
  std::vector<int> length_;
  std::vector<int> terminalCount_;
};

}  // namespace gflownet
