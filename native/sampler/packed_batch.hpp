#pragma once

#include <cstdint>
#include <vector>

namespace gflownet {

// Edges into the visited states: for each node its (parent row, action) pairs. Node r < visitedRows is row r, node
// visitedRows + b the terminal state of trajectory b. Rows from visitedRows on are parents that no trajectory passed.
struct ParentLists {
  int visitedRows = 0;
  std::vector<int32_t> offset;        // [visitedRows + B + 1]
  std::vector<int32_t> row;           // one an edge
  std::vector<int32_t> action;        // one an edge
  std::vector<int32_t> multiplicity;  // [visitedRows] trajectories that pass the row
};

// Trajectories of a batch, packed without padding. B trajectories, T transitions, R rows (distinct states that the
// model has evaluated). State t of trajectory b stands at offset[b] + b + t of the per-state arrays.
struct PackedBatch {
  int trajectories = 0;
  int transitions = 0;
  std::vector<int32_t> offset;          // [B + 1]
  std::vector<int32_t> forwardAction;   // [T]
  std::vector<int32_t> backwardAction;  // [T] undoes the transition, taken in its child
  std::vector<int32_t> stateRow;        // [T + B] -1: a terminal state that the model is not asked about
  std::vector<int32_t> backwardCount;   // [T + B] backward actions of the state
  std::vector<double> logReward;        // [B] at beta = 1
  std::vector<int32_t> terminalState;   // [B x stateSize]
  int conditionSize = 0;
  std::vector<int32_t> condition;        // [B x conditionSize] the end of each terminal state
  std::vector<uint8_t> allowed;          // [R x A]
  std::vector<uint8_t> backwardAllowed;  // [R x Ab], empty when P_B is uniform
  ParentLists parents;                   // for flow matching only
};

}  // namespace gflownet
