#include "trainer/trajectory_sampler.hpp"

#include <algorithm>

namespace gflownet {
Trajectories TrajectorySampler::forward(const ForwardRequest& request) {
  Trajectories all;
  inChunks(request.count, [&](int first, int count, int maximumRows) {
    ForwardRequest chunk = request;
    chunk.count = count;
    chunk.firstTrajectory += static_cast<uint64_t>(first);
    chunk.maximumRows = maximumRows;
    if (!request.givenOffset.empty()) {
      chunk.givenOffset = request.givenOffset.subspan(static_cast<size_t>(first), static_cast<size_t>(count) + 1);
    }
    if (!request.condition.empty()) {
      const auto size = static_cast<size_t>(sampler_.conditionSize());
      chunk.condition = request.condition.subspan(static_cast<size_t>(first) * size, static_cast<size_t>(count) * size);
    }
    if (!sampler_.sampleForward(model_, chunk, batch_)) return false;
    append(all);
    return true;
  });
  return all;
}

Trajectories TrajectorySampler::backward(const BackwardRequest& request) {
  Trajectories all;
  const auto stateSize = static_cast<size_t>(sampler_.stateSize());
  const auto states = static_cast<int>(request.terminalStates.size() / stateSize);
  inChunks(states, [&](int first, int count, int maximumRows) {
    BackwardRequest chunk = request;
    chunk.terminalStates = request.terminalStates.subspan(first * stateSize, count * stateSize);
    chunk.firstTrajectory += static_cast<uint64_t>(first);
    chunk.maximumRows = maximumRows;
    RecordedTrajectories recorded;
    if (!sampler_.traceBackward(model_, chunk, batch_, recorded)) return false;
    if (!sampler_.replay(model_, {recorded.offset, recorded.action, recorded.condition, maximumRows}, batch_))
      return false;
    append(all);
    return true;
  });
  return all;
}

void TrajectorySampler::inChunks(int count, const std::function<bool(int, int, int)>& sample) {
  const int several = memory_.rowsIn(kBytesAtOnce);
  for (int first = 0; first < count;) {
    const int chunk = std::min(chunk_, count - first);
    if (sample(first, chunk, chunk > 1 ? several : memory_.rows())) {
      first += chunk;
      if (chunk == chunk_ && model_.rows() < several / 4) chunk_ = std::min(2 * chunk_, kMostAtOnce);
    } else if (chunk > 1) {
      chunk_ = (chunk + 1) / 2;
    } else {
      throw memory_.trajectoryTooLarge();
    }
  }
}

void TrajectorySampler::append(Trajectories& all) {
  terms_.computePolicies(batch_, false);
  trajectoryTerms_.clear();
  terms_.collect(batch_, 1, trajectoryTerms_);
  for (int b = 0; b < batch_.trajectories; b++) {
    double logPf = 0;
    double logPb = 0;
    for (int t = batch_.offset[b]; t < batch_.offset[b + 1]; t++) {
      logPf += trajectoryTerms_.logPf[t];
      logPb += trajectoryTerms_.logPb[t];
    }
    all.logPf.push_back(logPf);
    all.logPb.push_back(logPb);
    all.offset.push_back(all.offset.back() + batch_.offset[b + 1] - batch_.offset[b]);
  }
  all.count += batch_.trajectories;
  all.forwardAction.insert(all.forwardAction.end(), batch_.forwardAction.begin(), batch_.forwardAction.end());
  all.terminalState.insert(all.terminalState.end(), batch_.terminalState.begin(), batch_.terminalState.end());
  all.condition.insert(all.condition.end(), batch_.condition.begin(), batch_.condition.end());
  all.logReward.insert(all.logReward.end(), batch_.logReward.begin(), batch_.logReward.end());
}

}  // namespace gflownet
