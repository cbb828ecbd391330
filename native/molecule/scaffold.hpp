#pragma once

#include "molecule/atom_graph.hpp"

namespace gflownet {

// The Bemis-Murcko scaffold of a molecule: see src/molecule/scaffold.ts.
AtomGraph murckoScaffold(const AtomGraph& molecule);

}  // namespace gflownet
