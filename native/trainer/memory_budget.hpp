#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include "device/row_buffer.hpp"
#include "error.hpp"
#include "model/flow_model.hpp"
#include "objective/edge_policy.hpp"
#include "sampler/sampler.hpp"

namespace gflownet {

// How many rows fit the memory that a trainer may take.
class MemoryBudget {
 public:
  MemoryBudget(size_t bytes, const Sampler& sampler, const FlowModel& model)
      : bytes_(bytes), bytesPerRow_(bytesPerRow(sampler, model)) {}

  int rows() const { return rowsIn(bytes_); }
  // Rows that fit both the memory and `bytes`.
  int rowsIn(size_t bytes) const {
    return static_cast<int>(std::min<size_t>(std::min(bytes, bytes_) / bytesPerRow_, kUnlimitedRows));
  }

  Error trajectoryTooLarge() const {
    return {"ERR_TOO_LARGE", "memoryBytes: expected room for every state of one trajectory, got room for " +
                                 std::to_string(rows()) + " states of " + std::to_string(bytesPerRow_) +
                                 " bytes each; give more memoryBytes, or a smaller environment or model"};
  }

  Error outOfMemory(int rows) const {
    return {"ERR_TOO_LARGE", "memoryBytes: out of memory at " + std::to_string(rows) + " states of " +
                                 std::to_string(bytesPerRow_) + " bytes each, with " + std::to_string(bytes_) +
                                 " bytes allowed; give less memoryBytes, or a smaller batchSize, environment or model"};
  }

 private:
  // Bytes that a row takes in all buffers together, while they grow.
  static size_t bytesPerRow(const Sampler& sampler, const FlowModel& model) {
    const size_t backward = model.backwardActions() > 0 ? EdgePolicy::bytesPerRow(model.backwardActions()) : 0;
    const size_t policies = EdgePolicy::bytesPerRow(model.actions()) + backward + sizeof(double);  // the state flow's
    return kGrowth * (model.rowBytes() + sampler.bytesPerRow(model) + policies);
  }

  size_t bytes_;
  size_t bytesPerRow_;
};

}  // namespace gflownet
