#pragma once

#include <cstdint>
#include <vector>

#include "molecule/block_line.hpp"

namespace gflownet {

// A molecule: its atoms without hydrogens, which the others count, and their bonds. See src/molecule/atom-graph.ts.
struct AtomGraph {
  std::vector<BlockAtom> atoms;
  std::vector<int32_t> block;  // [atoms] place of an atom's block in the state
  std::vector<BlockBond> bonds;

  void clear() {
    atoms.clear();
    block.clear();
    bonds.clear();
  }
};

// Makes `graph` the molecule of a state; its memory is kept from call to call.
void assemble(const std::vector<Block>& vocabulary, const int32_t* state, AtomGraph& graph);

}  // namespace gflownet
