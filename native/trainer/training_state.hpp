#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace gflownet {

// What the next step depends on, after one exact step: src/trainer/training-state.ts.
struct TrainingState {
  int64_t steps = 0;
  int64_t visits = 0;
  std::vector<float> parameters;  // [P]
  std::vector<float> mean;        // [P] first moment of Adam
  std::vector<float> square;      // [P] second moment of Adam
  std::array<double, 3> logZ{};   // value, first and second moment
};

}  // namespace gflownet
