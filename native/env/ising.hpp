#pragma once

#include <cstdint>
#include <string_view>

#include "env/bit_packing.hpp"
#include "env/environment.hpp"
#include "env/parameters.hpp"

namespace gflownet {

// The Ising model on a torus (Zhang et al. 2022): see src/env/ising.ts. State: the sites row by row, -1 for an unset
// one, then the number of sites set.
struct Ising {
  static constexpr std::string_view name = "ising";
  static constexpr int32_t unset = -1;

  int side;
  int sites;
  double coupling;

  explicit Ising(const Parameters& parameters)
      : side(parameters.integer("side", 2, 63)), sites(side * side), coupling(parameters.number("coupling")) {}

  HD int stateSize() const noexcept { return sites + 1; }
  HD int actions() const noexcept { return 2 * sites; }
  HD int backwardActions() const noexcept { return sites; }
  HD int keyWords() const noexcept { return wordsFor(2 * sites); }
  HD int observationWidth() const noexcept { return sites; }
  HD int observationSize() const noexcept { return 3 * sites; }
  HD int maximumLength() const noexcept { return sites; }

  HD void initial(int32_t* s) const noexcept {
    for (int i = 0; i < sites; i++) s[i] = unset;
    s[sites] = 0;
  }

  HD bool allowed(const int32_t* s, int action) const noexcept {
    return s[action < sites ? action : action - sites] == unset;
  }

  HD void allowedMask(const int32_t* s, uint8_t* mask) const noexcept {
    for (int i = 0; i < sites; i++) mask[i] = mask[sites + i] = s[i] == unset ? 1 : 0;
  }

  HD int apply(int32_t* s, int action) const noexcept {
    const int spin = action < sites ? 0 : 1;
    const int site = action - spin * sites;
    s[site] = spin;
    s[sites]++;
    return site;
  }

  HD bool backwardAllowed(const int32_t* s, int backward) const noexcept { return s[backward] != unset; }

  HD int undo(int32_t* s, int backward) const noexcept {
    const int action = s[backward] * sites + backward;
    s[backward] = unset;
    s[sites]--;
    return action;
  }

  HD bool isTerminal(const int32_t* s) const noexcept { return s[sites] == sites; }

  HD void key(const int32_t* s, uint64_t* key) const noexcept {
    KeyWriter writer(key, keyWords());
    for (int i = 0; i < sites; i++) writer.write(s[i] + 1, 2);
  }

  HD void observe(const int32_t* s, int32_t* indices) const noexcept {
    for (int i = 0; i < sites; i++) indices[i] = 3 * i + s[i] + 1;
  }

  HD double logReward(const int32_t* s) const noexcept { return 2 * coupling * bondSum(s); }

 private:
  // Sum of s_i s_j over the bonds, each once: from every site to the right and down.
  HD int bondSum(const int32_t* x) const noexcept {
    int sum = 0;
    for (int row = 0; row < side; row++) {
      const int here = row * side;
      const int below = (row + 1 < side ? row + 1 : 0) * side;
      for (int column = 0; column < side; column++) {
        const int32_t right = x[here + (column + 1 < side ? column + 1 : 0)];
        sum += (2 * x[here + column] - 1) * 2 * (right + x[below + column] - 1);
      }
    }
    return sum;
  }
};

}  // namespace gflownet
