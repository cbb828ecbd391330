#include "trainer/local_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gflownet {
namespace {

// Most transitions of a trajectory that a round undoes.
int mostUndone(int length, double backRatio) {
  return std::clamp(static_cast<int>(std::ceil(backRatio * length)), 1, length);
}

// Log-probability that a round keeps so many transitions of a trajectory.
double logUndoing(int length, int kept, double backRatio) {
  const int most = mostUndone(length, backRatio);
  return length - kept > most ? -std::numeric_limits<double>::infinity() : -std::log(most);
}

int lengthOf(const Trajectories& trajectories, int b) {
  return trajectories.offset[b + 1] - trajectories.offset[b];
}

// The beginnings of trajectories that a round keeps.
RecordedTrajectories beginnings(const Trajectories& trajectories, double backRatio, const RandomStream& random,
                                uint64_t draws) {
  RecordedTrajectories kept;
  for (int b = 0; b < trajectories.count; b++) {
    const int length = lengthOf(trajectories, b);
    const double uniform = random.uniform(draws + static_cast<uint64_t>(b), 0);
    const int undone = 1 + static_cast<int>(uniform * mostUndone(length, backRatio));
    kept.append(trajectories.actions(b).first(static_cast<size_t>(length - undone)), trajectories.conditionOf(b));
  }
  return kept;
}

bool isAccepted(LocalSearchOptions::Acceptance acceptance, double logRatio, double rewardGain, double uniform) {
  switch (acceptance) {
    case LocalSearchOptions::Acceptance::greedy:
      return rewardGain > 0;
    case LocalSearchOptions::Acceptance::barker:
      return uniform < 1 / (1 + std::exp(-logRatio));
    default:
      return std::log(uniform) < logRatio;
  }
}

// One trajectory after the other, each from one of two.
Trajectories chosen(const Trajectories& current, const Trajectories& proposed, const std::vector<uint8_t>& accepted) {
  Trajectories all;
  all.count = current.count;
  const size_t stateSize = current.terminalState.size() / static_cast<size_t>(current.count);
  for (int b = 0; b < current.count; b++) {
    const Trajectories& from = accepted[b] != 0 ? proposed : current;
    const auto actions = from.actions(b);
    all.forwardAction.insert(all.forwardAction.end(), actions.begin(), actions.end());
    all.offset.push_back(static_cast<int32_t>(all.forwardAction.size()));
    const auto state = stateOf(from.terminalState, static_cast<size_t>(b), stateSize);
    all.terminalState.insert(all.terminalState.end(), state.begin(), state.end());
    const auto condition = from.conditionOf(b);
    all.condition.insert(all.condition.end(), condition.begin(), condition.end());
    all.logReward.push_back(from.logReward[b]);
    all.logPf.push_back(from.logPf[b]);
    all.logPb.push_back(from.logPb[b]);
  }
  return all;
}

}  // namespace

LocalSearchResult searchLocally(TrajectorySampler& sampler, const LocalSearchRequest& request,
                                const ScoreObjects& score) {
  const auto& [options, seed, firstTrajectory, beta, exploration, temperature, condition] = request;
  const RandomStream random{seed, Purpose::localSearch};
  uint64_t number = firstTrajectory;
  const auto next = [&] {
    number += static_cast<uint64_t>(options.trajectories);
    return number - static_cast<uint64_t>(options.trajectories);
  };
  LocalSearchResult result;
  const auto scored = [&](Trajectories trajectories) {
    trajectories.logReward = score(trajectories);
    result.terminalState.insert(result.terminalState.end(), trajectories.terminalState.begin(),
                                trajectories.terminalState.end());
    result.logReward.insert(result.logReward.end(), trajectories.logReward.begin(), trajectories.logReward.end());
    return trajectories;
  };
  Trajectories current = scored(sampler.forward({.count = options.trajectories,
                                                 .random = random,
                                                 .firstTrajectory = next(),
                                                 .exploration = exploration,
                                                 .temperature = temperature,
                                                 .condition = condition}));
  for (int round = 0; round < options.rounds; round++) {
    const uint64_t draws = next();
    const Trajectories back = sampler.backward({current.terminalState, random, next()});
    const RecordedTrajectories kept = beginnings(back, options.backRatio, random, draws);
    const Trajectories proposed = scored(sampler.forward({.count = options.trajectories,
                                                          .random = random,
                                                          .firstTrajectory = next(),
                                                          .givenOffset = kept.offset,
                                                          .givenAction = kept.action,
                                                          .condition = kept.condition}));
    std::vector<uint8_t> accepted(static_cast<size_t>(options.trajectories));
    for (int b = 0; b < options.trajectories; b++) {
      const double gain = proposed.logReward[b] - current.logReward[b];
      const auto keptActions = static_cast<int>(kept.actions(b).size());
      const double logRatio = beta * gain + (proposed.logPb[b] - proposed.logPf[b]) - (back.logPb[b] - back.logPf[b]) +
                              logUndoing(lengthOf(proposed, b), keptActions, options.backRatio) -
                              logUndoing(lengthOf(back, b), keptActions, options.backRatio);
      const double uniform = random.uniform(draws + static_cast<uint64_t>(b), 1);
      accepted[b] = isAccepted(options.acceptance, logRatio, gain, uniform) ? 1 : 0;
    }
    current = chosen(current, proposed, accepted);
  }
  result.accepted = std::move(current);
  return result;
}

}  // namespace gflownet
