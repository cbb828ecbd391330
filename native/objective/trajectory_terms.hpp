#pragma once

#include <cstdint>
#include <vector>

namespace gflownet {

// What the objectives over trajectories read: B trajectories of T transitions, packed; trajectory b at
// offset[b] .. offset[b + 1]. State t of trajectory b stands at offset[b] + b + t of logF.
struct TrajectoryTerms {
  std::vector<int32_t> offset;    // [B + 1]
  std::vector<double> logPf;      // [T]
  std::vector<double> logPb;      // [T]
  std::vector<double> logF;       // [T + B] terminal states: beta log R; empty without state flows
  std::vector<double> logReward;  // [B] beta log R
  std::vector<int32_t> group;     // [B] trajectories of the same condition have the same number; below `groups`
  int groups = 0;
  bool conditional = false;  // log Z depends on the condition: logZ + logF of the initial state
  double logZ = 0;

  int trajectories() const { return static_cast<int>(logReward.size()); }

  // Makes room for more trajectories, which the caller writes.
  void extend(int count, int transitions, bool stateFlows) {
    const size_t all = logPf.size() + static_cast<size_t>(transitions);
    offset.resize(offset.size() + static_cast<size_t>(count));
    logReward.resize(logReward.size() + static_cast<size_t>(count));
    logPf.resize(all);
    logPb.resize(all);
    if (stateFlows) logF.resize(all + logReward.size());
  }

  void clear() {
    offset.assign(1, 0);
    logPf.clear();
    logPb.clear();
    logF.clear();
    logReward.clear();
    group.clear();
    groups = 0;
  }
};

// The loss' derivatives by those terms, and the loss.
struct TermGradients {
  double loss = 0;
  std::vector<double> logPf;  // [T]
  std::vector<double> logPb;  // [T]
  std::vector<double> logF;   // [T + B]
  double logZ = 0;

  void reset(const TrajectoryTerms& terms) {
    loss = 0;
    logZ = 0;
    logPf.assign(terms.logPf.size(), 0.0);
    logPb.assign(terms.logPb.size(), 0.0);
    logF.assign(terms.logF.size(), 0.0);
  }
};

}  // namespace gflownet
