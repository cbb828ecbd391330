#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "env/environment.hpp"
#include "env/environment_host.hpp"
#include "error.hpp"

namespace gflownet {

struct HostedSizes {
  int actions;
  int backwardActions;
  // What each integer of an observation is below; 0 for the bits of a number.
  std::vector<int32_t> observationBounds;
  int maximumLength;
  size_t tableBytes;  // of states kept from batch to batch
  bool compile;       // find all states before the first batch
  int conditionSize;  // numbers of the condition that rewards depend on
};

// An environment that a host runs: a table of its states and edges, filled as the host answers and kept while it fits.
// A state is its number in the table. Where all states are known the host is not asked any more.
//
// To the outside a terminal state is the path that leads to it: the number of actions, the actions, zeros.
class HostedEnvironment {
 public:
  HostedEnvironment(HostedSizes sizes, std::shared_ptr<EnvironmentHost> host)
      : sizes_(std::move(sizes)), host_(std::move(host)) {}

  int stateSize() const noexcept { return 1; }
  int externalSize() const noexcept { return 1 + sizes_.maximumLength; }
  int actions() const noexcept { return sizes_.actions; }
  int backwardActions() const noexcept { return sizes_.backwardActions; }
  int keyWords() const noexcept { return 1; }
  int observationWidth() const noexcept { return static_cast<int>(sizes_.observationBounds.size()); }
  int conditionSize() const noexcept { return sizes_.conditionSize; }
  int observationBound(int position) const noexcept { return sizes_.observationBounds[position]; }
  int maximumLength() const noexcept { return sizes_.maximumLength; }

  void initial(int32_t* state) const noexcept { *state = 0; }
  bool allowed(const int32_t* state, int action) const noexcept { return allowed_[edge(*state, action)] != 0; }
  bool backwardAllowed(const int32_t* state, int backward) const noexcept {
    return backwardAllowed_[backwardEdge(*state, backward)] != 0;
  }
  int apply(int32_t* state, int action) const noexcept {
    const Edge& to = child_[edge(*state, action)];
    *state = to.state;
    return to.action;
  }
  int undo(int32_t* state, int backward) const noexcept {
    const Edge& to = parent_[backwardEdge(*state, backward)];
    *state = to.state;
    return to.action;
  }
  bool isTerminal(const int32_t* state) const noexcept { return pathOf_[*state] >= 0; }
  void key(const int32_t* state, uint64_t* key) const noexcept { *key = static_cast<uint64_t>(*state); }
  void observe(const int32_t* state, int32_t* indices) const noexcept {
    std::copy_n(observation_.data() + static_cast<size_t>(*state) * observationWidth(), observationWidth(), indices);
  }
  double logReward(const int32_t* state) const noexcept { return logReward_[*state]; }

  // Bytes that a state takes in the table, without the path of a terminal one.
  size_t bytesPerState() const noexcept {
    return (sizeof(Edge) + 1) * static_cast<size_t>(sizes_.actions + sizes_.backwardActions) +
           sizeof(int32_t) * static_cast<size_t>(observationWidth() + 1) + sizeof(double);
  }

  // What follows asks the host, from one thread.

  // Forgets all states if they take more than tableBytes; knows the initial state afterwards.
  void beginBatch() {
    if (states() == 0 || bytes() > sizes_.tableBytes) clear();
    if (sizes_.compile && !compiled_) compile();
  }

  // After it, apply may be called on these (state, action).
  void prepareApply(std::span<const int32_t> state, std::span<const int32_t> action) {
    prepare(HostRequest::Kind::apply, state, action);
  }
  // After it, undo may be called on these (state, backward action).
  void prepareUndo(std::span<const int32_t> state, std::span<const int32_t> backward) {
    prepare(HostRequest::Kind::undo, state, backward);
  }
  // After it, apply may be called on all allowed actions of these states.
  void prepareChildren(std::span<const int32_t> state) {
    prepareAll(HostRequest::Kind::apply, state, allowed_, sizes_.actions);
  }
  // After it, undo may be called on all allowed backward actions of these states.
  void prepareParents(std::span<const int32_t> state) {
    prepareAll(HostRequest::Kind::undo, state, backwardAllowed_, sizes_.backwardActions);
  }

  // The terminal state as the outside knows it: externalSize() integers.
  void toExternal(const int32_t* state, int32_t* external) const noexcept {
    std::copy_n(path_.data() + static_cast<size_t>(pathOf_[*state]) * externalSize(), externalSize(), external);
  }

  // The numbers of terminal states that the outside gives: [count x externalSize()]. Throws ERR_ARGUMENT for one that
  // there is not.
  std::vector<int32_t> fromExternal(std::span<const int32_t> externals) {
    if (states() == 0) clear();  // asked before the first batch
    const auto size = static_cast<size_t>(externalSize());
    const size_t count = externals.size() / size;
    std::vector<int32_t> state(count, 0);
    std::vector<int32_t> from;
    std::vector<int32_t> action;
    std::vector<size_t> number;
    for (int step = 0; step < sizes_.maximumLength; step++) {
      from.clear();
      action.clear();
      number.clear();
      for (size_t i = 0; i < count; i++) {
        if (step >= externals[i * size]) continue;
        from.push_back(state[i]);
        action.push_back(externals[i * size + 1 + static_cast<size_t>(step)]);
        number.push_back(i);
        requireAllowed(state[i], action.back(), i);
      }
      if (from.empty()) break;
      prepareApply(from, action);
      for (size_t k = 0; k < from.size(); k++) state[number[k]] = child_[edge(from[k], action[k])].state;
    }
    for (size_t i = 0; i < count; i++) {
      if (!isTerminal(&state[i])) throwNotTerminal(i);
    }
    return state;
  }

 private:
  static constexpr int32_t kUnknown = -1;
  static constexpr int32_t kAsked = -2;
  struct Edge {
    int32_t state = kUnknown;
    int32_t action = 0;  // that leads back
  };

  size_t edge(int32_t state, int action) const noexcept {
    return static_cast<size_t>(state) * sizes_.actions + static_cast<size_t>(action);
  }
  size_t backwardEdge(int32_t state, int backward) const noexcept {
    return static_cast<size_t>(state) * sizes_.backwardActions + static_cast<size_t>(backward);
  }
  size_t states() const noexcept { return pathOf_.size(); }
  size_t bytes() const noexcept { return states() * bytesPerState() + path_.size() * sizeof(int32_t); }

  void clear() {
    child_.clear();
    parent_.clear();
    allowed_.clear();
    backwardAllowed_.clear();
    observation_.clear();
    logReward_.clear();
    pathOf_.clear();
    path_.clear();
    append(host_->ask({HostRequest::Kind::clear, {}, {}}));
  }

  // Breadth first; the host is asked about all states of a depth at once.
  void compile() {
    std::vector<int32_t> layer;
    for (size_t first = 0; first < states(); first += layer.size()) {
      layer.resize(std::min(states() - first, kStatesAtOnce));
      for (size_t i = 0; i < layer.size(); i++) layer[i] = static_cast<int32_t>(first + i);
      prepareChildren(layer);
      if (bytes() > sizes_.tableBytes) {
        throw Error("ERR_TOO_LARGE", "tableBytes: the environment's states need more than the " +
                                         std::to_string(sizes_.tableBytes) + " bytes allowed, after " +
                                         std::to_string(states()) + " states; raise tableBytes or use compile: false");
      }
    }
    compiled_ = true;
    host_->ask({HostRequest::Kind::release, {}, {}});
  }

  void prepareAll(HostRequest::Kind kind, std::span<const int32_t> states, const std::vector<uint8_t>& mask,
                  int actions) {
    std::vector<int32_t> state;
    std::vector<int32_t> action;
    for (const int32_t s : states) {
      for (int a = 0; a < actions; a++) {
        if (mask[static_cast<size_t>(s) * actions + static_cast<size_t>(a)] == 0) continue;
        state.push_back(s);
        action.push_back(a);
      }
    }
    prepare(kind, state, action);
  }

  void prepare(HostRequest::Kind kind, std::span<const int32_t> state, std::span<const int32_t> action) {
    const bool forward = kind == HostRequest::Kind::apply;
    std::vector<Edge>& known = forward ? child_ : parent_;
    const auto edgeOf = [&](int32_t s, int32_t a) { return forward ? edge(s, a) : backwardEdge(s, a); };
    HostRequest request{kind, {}, {}};
    for (size_t i = 0; i < state.size(); i++) {
      Edge& unknown = known[edgeOf(state[i], action[i])];
      if (unknown.state != kUnknown) continue;
      unknown.state = kAsked;
      request.state.push_back(state[i]);
      request.action.push_back(action[i]);
    }
    if (request.state.empty()) return;
    if (compiled_) {
      throw Error("ERR_ENVIRONMENT",
                  "undo: expected a backward action to undo an action, got one that leads elsewhere");
    }
    HostResponse response;
    try {
      response = host_->ask(request);
    } catch (...) {
      for (size_t i = 0; i < request.state.size(); i++) {
        known[edgeOf(request.state[i], request.action[i])].state = kUnknown;
      }
      throw;
    }
    append(response);
    std::vector<Edge>& reverse = forward ? parent_ : child_;
    for (size_t i = 0; i < request.state.size(); i++) {
      known[edgeOf(request.state[i], request.action[i])] = {response.state[i], response.action[i]};
      const size_t back =
          forward ? backwardEdge(response.state[i], response.action[i]) : edge(response.state[i], response.action[i]);
      reverse[back] = {request.state[i], request.action[i]};
    }
  }

  void append(const HostResponse& response) {
    const size_t count = states() + response.terminal.size();
    child_.resize(count * static_cast<size_t>(sizes_.actions));
    parent_.resize(count * static_cast<size_t>(sizes_.backwardActions));
    allowed_.insert(allowed_.end(), response.allowed.begin(), response.allowed.end());
    backwardAllowed_.insert(backwardAllowed_.end(), response.backwardAllowed.begin(), response.backwardAllowed.end());
    observation_.insert(observation_.end(), response.observation.begin(), response.observation.end());
    logReward_.insert(logReward_.end(), response.logReward.begin(), response.logReward.end());
    auto paths = static_cast<int32_t>(path_.size() / static_cast<size_t>(externalSize()));
    for (const uint8_t terminal : response.terminal) pathOf_.push_back(terminal != 0 ? paths++ : -1);
    path_.insert(path_.end(), response.path.begin(), response.path.end());
  }

  void requireAllowed(int32_t state, int32_t action, size_t number) const {
    if (action >= 0 && action < sizes_.actions && allowed_[edge(state, action)] != 0) return;
    throwNotTerminal(number);
  }
  [[noreturn]] static void throwNotTerminal(size_t number) {
    throw Error("ERR_ARGUMENT", "terminalStates: expected terminal states of the environment, number " +
                                    std::to_string(number) + " is none");
  }

  // States that the host is asked about at once while compiling: it answers between other work of its thread.
  static constexpr size_t kStatesAtOnce = 1024;

  HostedSizes sizes_;
  std::shared_ptr<EnvironmentHost> host_;
  bool compiled_ = false;
  std::vector<Edge> child_;               // [states x actions]
  std::vector<Edge> parent_;              // [states x backwardActions]
  std::vector<uint8_t> allowed_;          // [states x actions]
  std::vector<uint8_t> backwardAllowed_;  // [states x backwardActions]
  std::vector<int32_t> observation_;      // [states x observationWidth]
  std::vector<double> logReward_;         // [states]
  std::vector<int32_t> pathOf_;           // [states] number of the path of a terminal state, -1 of others
  std::vector<int32_t> path_;             // [terminal states x externalSize]
};

static_assert(Environment<HostedEnvironment>);

}  // namespace gflownet
