#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "error.hpp"

namespace gflownet {

// The whole state graph of an environment, found breadth first with actions in order. Interior states and terminal
// states are numbered apart, each in the order of their discovery.
struct Enumeration {
  int interior = 0;
  int terminal = 0;
  int observationWidth = 0;
  std::vector<int32_t> observation;    // [interior x observationWidth]
  std::vector<int64_t> edgeOffset;     // [interior + 1]
  std::vector<int32_t> edgeAction;     // one an edge
  std::vector<int32_t> edgeChild;      // interior number, or -1 - terminal number
  std::vector<int32_t> order;          // [interior] topological
  std::vector<int32_t> terminalState;  // [terminal x stateSize]
  std::vector<double> logReward;       // [terminal] at beta = 1
  std::vector<double> ownLogReward;    // [terminal] without a temperature that is a condition
};

[[noreturn]] inline void throwNotEnumerable(int64_t maximumStates) {
  throw Error("ERR_NOT_ENUMERABLE", "the environment has more than " + std::to_string(maximumStates) +
                                        " states: an exact distribution is not computed");
}

}  // namespace gflownet
