#pragma once

#include <cstdint>

#include "env/bit_packing.hpp"
#include "env/environment.hpp"
#include "env/grid_reward.hpp"
#include "env/parameters.hpp"

namespace gflownet {

// What the two hypergrids share: see src/env/grid.ts. State: dimensions coordinates, then 1 if the trajectory ended.
struct Grid {
  int dimensions;
  int side;
  int coordinateBits;
  GridReward reward;

  Grid(const Parameters& parameters, int cosineScale)
      : dimensions(parameters.integer("dimensions", 1, 4095)),
        side(parameters.integer("side", 2, 65535)),
        coordinateBits(bitsFor(side)),
        reward(parameters, dimensions, side, cosineScale) {}

  HD int stateSize() const noexcept { return dimensions + 1; }
  HD int actions() const noexcept { return dimensions + 1; }
  HD int backwardActions() const noexcept { return dimensions + 1; }
  HD int keyWords() const noexcept { return wordsFor(1 + dimensions * coordinateBits); }
  HD int observationWidth() const noexcept { return dimensions; }
  HD int observationSize() const noexcept { return dimensions * side; }

  HD void initial(int32_t* s) const noexcept {
    for (int i = 0; i <= dimensions; i++) s[i] = 0;
  }

  HD bool isTerminal(const int32_t* s) const noexcept { return s[dimensions] == 1; }

  HD void key(const int32_t* s, uint64_t* key) const noexcept {
    KeyWriter writer(key, keyWords());
    writer.write(s[dimensions], 1);
    for (int i = 0; i < dimensions; i++) writer.write(s[i], coordinateBits);
  }

  HD void observe(const int32_t* s, int32_t* indices) const noexcept {
    for (int i = 0; i < dimensions; i++) indices[i] = i * side + s[i];
  }

  HD double logReward(const int32_t* s) const noexcept { return reward.logReward(s); }
};

}  // namespace gflownet
