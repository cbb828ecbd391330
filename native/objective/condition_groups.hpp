#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "objective/trajectory_terms.hpp"
#include "sampler/packed_batch.hpp"

namespace gflownet {

// Numbers the conditions of a batch's trajectories in the order of their first appearance, over all of its parts.
class ConditionGroups {
 public:
  void clear() { numbers_.clear(); }

  // Appends the groups of a part's trajectories to the terms.
  void collect(const PackedBatch& batch, TrajectoryTerms& terms) {
    const auto size = static_cast<ptrdiff_t>(batch.conditionSize);
    if (size == 0) {
      terms.group.resize(static_cast<size_t>(terms.trajectories()), 0);
      terms.groups = 1;
      return;
    }
    for (int b = 0; b < batch.trajectories; b++) {
      const auto begin = batch.condition.begin() + b * size;
      const auto [entry, isNew] = numbers_.try_emplace({begin, begin + size}, static_cast<int32_t>(numbers_.size()));
      terms.group.push_back(entry->second);
    }
    terms.groups = static_cast<int>(numbers_.size());
  }

 private:
  std::map<std::vector<int32_t>, int32_t> numbers_;
};

}  // namespace gflownet
