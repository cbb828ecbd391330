#pragma once

#include <cstdint>
#include <vector>

namespace gflownet {

// What an environment outside native code is asked. States are numbered by the host from 0, the initial one, in the
// order in which it first names them.
struct HostRequest {
  // `clear` makes the host forget all states but the initial one, which it describes anew; after `release` it is not
  // asked any more.
  enum class Kind { clear, apply, undo, release };
  Kind kind;
  std::vector<int32_t> state;
  std::vector<int32_t> action;  // forward for apply, backward for undo
};

struct HostResponse {
  std::vector<int32_t> state;   // child or parent of each (state, action)
  std::vector<int32_t> action;  // the action that leads back, of each
  // The states named for the first time, by number; their count is terminal.size().
  std::vector<uint8_t> terminal;
  std::vector<uint8_t> allowed;          // [new x actions]
  std::vector<uint8_t> backwardAllowed;  // [new x backwardActions]
  std::vector<int32_t> observation;      // [new x observationWidth]
  std::vector<double> logReward;         // [new] NaN where not terminal
  std::vector<int32_t> path;             // [terminal ones x pathSize]
};

// An environment outside native code. Its answers are checked before they get here: numbers in range, sizes as asked.
class EnvironmentHost {
 public:
  virtual ~EnvironmentHost() = default;
  // Waits for the answer. Throws what the environment failed with, or ERR_DISPOSED.
  virtual HostResponse ask(const HostRequest& request) = 0;
};

}  // namespace gflownet
