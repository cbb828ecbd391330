#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "env/environment.hpp"
#include "sampler/enumeration.hpp"
#include "sampler/state_table.hpp"

namespace gflownet {

// Walks an environment's state graph from the initial state.
template <Environment E>
class StateGraphWalk {
 public:
  StateGraphWalk(E& environment, int64_t maximumStates)
      : environment_(environment),
        maximumStates_(maximumStates),
        stateSize_(static_cast<size_t>(environment.stateSize())),
        interior_(environment.keyWords()),
        terminal_(environment.keyWords()),
        key_(static_cast<size_t>(environment.keyWords())),
        allowed_(static_cast<size_t>(environment.actions())),
        parent_(stateSize_),
        child_(stateSize_) {
    graph_.observationWidth = environment.observationWidth();
    graph_.edgeOffset.push_back(0);
  }

  Enumeration run() {
    if constexpr (PreparedEnvironment<E>) environment_.beginBatch();
    environment_.initial(child_.data());
    environment_.key(child_.data(), key_.data());
    addInterior();
    std::vector<int32_t> observation(static_cast<size_t>(graph_.observationWidth));
    for (int number = 0; number < interior_.size(); number++) {
      if (number == prepared_) prepareKnown();
      std::copy_n(states_.data() + static_cast<size_t>(number) * stateSize_, stateSize_, parent_.data());
      environment_.observe(parent_.data(), observation.data());
      graph_.observation.insert(graph_.observation.end(), observation.begin(), observation.end());
      addEdges();
    }
    graph_.interior = interior_.size();
    graph_.terminal = terminal_.size();
    sortTopologically();
    return std::move(graph_);
  }

 private:
  // All states found but not yet walked from.
  void prepareKnown() {
    if constexpr (PreparedEnvironment<E>) {
      const auto first = static_cast<size_t>(prepared_) * stateSize_;
      environment_.prepareChildren(std::span(states_).subspan(first));
    }
    prepared_ = interior_.size();
  }

  // The edges out of parent_.
  void addEdges() {
    allowedMask(environment_, parent_.data(), allowed_.data());
    for (size_t action = 0; action < allowed_.size(); action++) {
      if (allowed_[action] == 0) continue;
      child_ = parent_;
      environment_.apply(child_.data(), static_cast<int>(action));
      environment_.key(child_.data(), key_.data());
      graph_.edgeAction.push_back(static_cast<int32_t>(action));
      if (environment_.isTerminal(child_.data())) {
        graph_.edgeChild.push_back(-1 - addTerminal());
      } else {
        const int32_t number = addInterior();
        graph_.edgeChild.push_back(number);
        indegree_[number]++;
      }
      if (int64_t{interior_.size()} + terminal_.size() > maximumStates_) throwNotEnumerable(maximumStates_);
    }
    graph_.edgeOffset.push_back(static_cast<int64_t>(graph_.edgeAction.size()));
  }

  // The number of child_, whose key is key_.
  int32_t addInterior() {
    const auto [number, isNew] = interior_.insert(key_.data());
    if (isNew) {
      states_.insert(states_.end(), child_.begin(), child_.end());
      indegree_.push_back(0);
    }
    return number;
  }

  int32_t addTerminal() {
    const auto [number, isNew] = terminal_.insert(key_.data());
    if (isNew) {
      if constexpr (PreparedEnvironment<E>) {
        const size_t end = graph_.terminalState.size();
        graph_.terminalState.resize(end + static_cast<size_t>(environment_.externalSize()));
        environment_.toExternal(child_.data(), graph_.terminalState.data() + end);
      } else {
        graph_.terminalState.insert(graph_.terminalState.end(), child_.begin(), child_.end());
      }
      graph_.logReward.push_back(environment_.logReward(child_.data()));
      graph_.ownLogReward.push_back(environment_.ownLogReward(child_.data()));
    }
    return number;
  }

  void sortTopologically() {
    graph_.order.assign(1, 0);
    for (size_t i = 0; i < graph_.order.size(); i++) {
      const int32_t parent = graph_.order[i];
      for (int64_t edge = graph_.edgeOffset[parent]; edge < graph_.edgeOffset[parent + 1]; edge++) {
        const int32_t child = graph_.edgeChild[edge];
        if (child >= 0 && --indegree_[child] == 0) graph_.order.push_back(child);
      }
    }
  }

  E& environment_;
  int64_t maximumStates_;
  size_t stateSize_;
  Enumeration graph_;
  int prepared_ = 0;  // interior states whose children may be asked for
  StateTable interior_;
  StateTable terminal_;
  std::vector<uint64_t> key_;
  std::vector<uint8_t> allowed_;
  std::vector<int32_t> parent_;    // a state
  std::vector<int32_t> child_;     // a state
  std::vector<int32_t> states_;    // [interior x stateSize]
  std::vector<int32_t> indegree_;  // [interior] edges not yet passed
};

template <Environment E>
Enumeration enumerateStates(E& environment, int64_t maximumStates) {
  return StateGraphWalk<E>(environment, maximumStates).run();
}

}  // namespace gflownet
