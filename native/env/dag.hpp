#pragma once

#include <cstdint>
#include <string_view>

#include "env/bit_packing.hpp"
#include "env/environment.hpp"
#include "env/number_array.hpp"
#include "env/parameters.hpp"

namespace gflownet {

// Directed acyclic graphs built edge by edge (Deleu et al. 2022): see src/env/dag.ts. State: each node's parents as a
// bit mask, each node's ancestors, then 1 if the trajectory has stopped.
struct Dag {
  static constexpr std::string_view name = "dag";

  int nodes;
  int stop;                // the action after those of the edges
  int stopped;             // place of the last entry of a state
  NumberArray scores;      // [nodes x 2^(nodes - 1)] or none
  NumberArray edgeScores;  // [nodes x nodes] or none

  explicit Dag(const Parameters& parameters)
      : nodes(parameters.integer("nodes", 2, parameters.values.contains("scores") ? 12 : 30)),
        stop(nodes * nodes),
        stopped(2 * nodes),
        scores(parameters, "scores", static_cast<size_t>(nodes) << (nodes - 1)),
        edgeScores(parameters, "edgeScores", static_cast<size_t>(nodes) * static_cast<size_t>(nodes)) {}

  HD int stateSize() const noexcept { return stopped + 1; }
  HD int actions() const noexcept { return stop + 1; }
  HD int backwardActions() const noexcept { return stop + 1; }
  HD int keyWords() const noexcept { return wordsFor(1 + nodes * nodes); }
  HD int observationWidth() const noexcept { return nodes * nodes; }
  HD int observationSize() const noexcept { return 2 * nodes * nodes; }
  HD int maximumLength() const noexcept { return nodes * (nodes - 1) / 2 + 1; }

  HD void initial(int32_t* s) const noexcept {
    for (int i = 0; i <= stopped; i++) s[i] = 0;
  }

  HD bool allowed(const int32_t* s, int action) const noexcept {
    if (isTerminal(s)) return false;
    if (action == stop) return true;
    return mayAdd(s, action / nodes, action % nodes);
  }

  HD void allowedMask(const int32_t* s, uint8_t* mask) const noexcept {
    const bool live = !isTerminal(s);
    for (int from = 0; from < nodes; from++) {
      for (int to = 0; to < nodes; to++) mask[from * nodes + to] = live && mayAdd(s, from, to) ? 1 : 0;
    }
    mask[stop] = live ? 1 : 0;
  }

  HD int apply(int32_t* s, int action) const noexcept {
    if (action == stop) {
      s[stopped] = 1;
      return action;
    }
    const int from = action / nodes;
    const int to = action % nodes;
    s[to] |= 1 << from;
    const int32_t gained = s[nodes + from] | (1 << from);
    for (int node = 0; node < nodes; node++) {
      if (node == to || has(s[nodes + node], to)) s[nodes + node] |= gained;
    }
    return action;
  }

  HD bool backwardAllowed(const int32_t* s, int backward) const noexcept {
    if (backward == stop) return isTerminal(s);
    return !isTerminal(s) && has(s[backward % nodes], backward / nodes);
  }

  HD int undo(int32_t* s, int backward) const noexcept {
    if (backward == stop) {
      s[stopped] = 0;
    } else {
      s[backward % nodes] &= ~(1 << (backward / nodes));
      closeAncestors(s);
    }
    return backward;
  }

  HD bool isTerminal(const int32_t* s) const noexcept { return s[stopped] == 1; }

  HD void key(const int32_t* s, uint64_t* key) const noexcept {
    KeyWriter writer(key, keyWords());
    writer.write(s[stopped], 1);
    for (int node = 0; node < nodes; node++) writer.write(s[node], nodes);
  }

  HD void observe(const int32_t* s, int32_t* indices) const noexcept {
    for (int from = 0; from < nodes; from++) {
      for (int to = 0; to < nodes; to++) {
        indices[from * nodes + to] = 2 * (from * nodes + to) + (has(s[to], from) ? 1 : 0);
      }
    }
  }

  HD double logReward(const int32_t* s) const noexcept {
    double sum = 0;
    for (int node = 0; node < nodes; node++) {
      if (!scores.empty()) sum += scores[(static_cast<size_t>(node) << (nodes - 1)) + parentSetPlace(node, s[node])];
      if (edgeScores.empty()) continue;
      for (int from = 0; from < nodes; from++) {
        if (has(s[node], from)) sum += edgeScores[static_cast<size_t>(from) * static_cast<size_t>(nodes) + node];
      }
    }
    return sum;
  }

 private:
  HD static bool has(int32_t set, int node) noexcept { return ((set >> node) & 1) == 1; }

  // The edge is missing, and `to` is no ancestor of `from`.
  HD bool mayAdd(const int32_t* s, int from, int to) const noexcept {
    return from != to && !has(s[to], from) && !has(s[nodes + from], to);
  }

  // The set's bits without the node's own.
  HD static size_t parentSetPlace(int node, int32_t parents) noexcept {
    const int32_t below = (1 << node) - 1;
    return static_cast<size_t>((parents & below) | ((parents >> (node + 1)) << node));
  }

  // Works out the ancestors of all nodes from their parents.
  HD void closeAncestors(int32_t* s) const noexcept {
    for (int node = 0; node < nodes; node++) s[nodes + node] = 0;
    for (bool changed = true; changed;) {
      changed = false;
      for (int node = 0; node < nodes; node++) {
        int32_t ancestors = s[node];
        for (int from = 0; from < nodes; from++) {
          if (has(s[node], from)) ancestors |= s[nodes + from];
        }
        changed = changed || ancestors != s[nodes + node];
        s[nodes + node] = ancestors;
      }
    }
  }
};

}  // namespace gflownet
