#pragma once

namespace gflownet {

// Seconds that training steps have spent in each of their parts, added up over all steps: src/trainer/engine.ts.
struct Profile {
  double sampling = 0;
  double forward = 0;
  double loss = 0;
  double backward = 0;
  double update = 0;
};

}  // namespace gflownet
