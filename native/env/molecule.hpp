#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "env/bit_packing.hpp"
#include "env/environment.hpp"
#include "env/number_array.hpp"
#include "env/parameters.hpp"
#include "molecule/block_tables.hpp"
#include "molecule/tree_actions.hpp"

namespace gflownet {

// The blocks among the parameters of `molecule`.
inline BlockTables blockTables(const Parameters& parameters) {
  auto blocks = std::make_shared<std::vector<Block>>();
  for (const std::string& line : parameters.texts("blocks")) blocks->push_back(parseBlockLine("blocks", line));
  return BlockTables(blocks);
}

// Molecules built block by block (Bengio et al. 2021): see src/env/molecule.ts. State: see StateField.
struct Molecule {
  static constexpr std::string_view name = "molecule";

  int maximum;
  TreeActions steps;
  NumberArray weights;                       // [blocks] or none
  std::array<int, StateField::width> sizes;  // values of each integer of a block in a state, counted from -1
  int indices = 0;                           // of a place in an observation
  int bits = 0;                              // of a place in a key

  explicit Molecule(const Parameters& parameters)
      : maximum(parameters.integer("maximumBlocks", 1, kMostBlocks)),
        steps(blockTables(parameters), parameters.integer("minimumBlocks", 1, maximum), maximum),
        weights(parameters, "weights", static_cast<size_t>(steps.tables().blocks())),
        sizes(sizesOf(steps.tables(), maximum)) {
    for (const int size : sizes) {
      indices += size;
      bits += bitsFor(size);
    }
  }

  HD int stateSize() const noexcept { return steps.stateSize(); }
  HD int actions() const noexcept { return steps.stop() + 1; }
  HD int backwardActions() const noexcept { return steps.undoStop() + 1; }
  HD int keyWords() const noexcept { return wordsFor(1 + maximum * bits); }
  HD int observationWidth() const noexcept { return 1 + StateField::width * maximum; }
  HD int observationSize() const noexcept { return 2 + maximum * indices; }
  HD int maximumLength() const noexcept { return maximum; }

  HD void initial(int32_t* s) const noexcept { steps.initial(s); }
  HD bool allowed(const int32_t* s, int action) const noexcept { return steps.allowed(s, action); }
  HD void allowedMask(const int32_t* s, uint8_t* mask) const noexcept { steps.fillAllowed(s, mask); }
  HD int apply(int32_t* s, int action) const noexcept { return steps.apply(s, action); }
  HD bool backwardAllowed(const int32_t* s, int backward) const noexcept { return steps.backwardAllowed(s, backward); }
  HD void backwardMask(const int32_t* s, uint8_t* mask) const noexcept { steps.fillBackwardAllowed(s, mask); }
  HD int undo(int32_t* s, int backward) const noexcept { return steps.undo(s, backward); }
  HD bool isTerminal(const int32_t* s) const noexcept { return steps.isTerminal(s); }

  HD void key(const int32_t* s, uint64_t* key) const noexcept {
    KeyWriter writer(key, keyWords());
    writer.write(s[StateField::stopped], 1);
    for (int at = 0; at < StateField::width * maximum; at++) {
      const int size = bitsFor(sizes[at % StateField::width]);
      if (size > 0) writer.write(s[StateField::first + at] + 1, size);
    }
  }

  HD void observe(const int32_t* s, int32_t* observation) const noexcept {
    int first = 0;
    for (int at = 0; at < StateField::width * maximum; at++) {
      observation[at] = first + s[StateField::first + at] + 1;
      first += sizes[at % StateField::width];
    }
    observation[observationWidth() - 1] = first + s[StateField::stopped];
  }

  HD double logReward(const int32_t* s) const noexcept {
    double sum = 0;
    if (weights.empty()) return sum;
    for (int i = 0; i < s[StateField::blocks]; i++) sum += weights[s[StateField::at(i)]];
    return sum;
  }

 private:
  static std::array<int, StateField::width> sizesOf(const BlockTables& tables, int maximumBlocks) {
    return {tables.blocks() + 1, maximumBlocks, tables.mostAttachments() + 1, tables.mostAttachments() + 1};
  }
};

}  // namespace gflownet
