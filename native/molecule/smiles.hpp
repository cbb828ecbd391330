#pragma once

#include <string>

#include "molecule/atom_graph.hpp"

namespace gflownet {

// A SMILES of a connected molecule: see src/molecule/smiles.ts, whose every choice it repeats.
std::string smilesOf(const AtomGraph& graph);

}  // namespace gflownet
