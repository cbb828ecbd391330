#include "trainer/local_search.hpp"

#include <algorithm>
#include <cmath>

namespace gflownet {
namespace {

// The beginnings of trajectories that a round keeps.
RecordedTrajectories beginnings(const Trajectories& trajectories, double backRatio) {
  RecordedTrajectories kept;
  for (int b = 0; b < trajectories.count; b++) {
    const auto length = static_cast<int>(trajectories.actions(b).size());
    const int undone = std::clamp(static_cast<int>(std::ceil(backRatio * length)), 1, length);
    kept.append(trajectories.actions(b).first(static_cast<size_t>(length - undone)));
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
    all.logReward.push_back(from.logReward[b]);
    all.logPf.push_back(from.logPf[b]);
    all.logPb.push_back(from.logPb[b]);
  }
  return all;
}

}  // namespace

LocalSearchResult searchLocally(TrajectorySampler& sampler, const LocalSearchRequest& request,
                                const ScoreObjects& score) {
  const auto& [options, seed, firstTrajectory, beta, exploration, temperature] = request;
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
                                                 .temperature = temperature}));
  for (int round = 0; round < options.rounds; round++) {
    const Trajectories back = sampler.backward({current.terminalState, random, next()});
    const RecordedTrajectories kept = beginnings(back, options.backRatio);
    const Trajectories proposed = scored(sampler.forward({.count = options.trajectories,
                                                          .random = random,
                                                          .firstTrajectory = next(),
                                                          .givenOffset = kept.offset,
                                                          .givenAction = kept.action}));
    const uint64_t draws = next();
    std::vector<uint8_t> accepted(static_cast<size_t>(options.trajectories));
    for (int b = 0; b < options.trajectories; b++) {
      const double gain = proposed.logReward[b] - current.logReward[b];
      const double logRatio = beta * gain + (proposed.logPb[b] - proposed.logPf[b]) - (back.logPb[b] - back.logPf[b]);
      const double uniform = random.uniform(draws + static_cast<uint64_t>(b), 0);
      accepted[b] = isAccepted(options.acceptance, logRatio, gain, uniform) ? 1 : 0;
    }
    current = chosen(current, proposed, accepted);
  }
  result.accepted = std::move(current);
  return result;
}

}  // namespace gflownet
