#include "molecule/atom_graph.hpp"

#include "molecule/block_tree.hpp"

namespace gflownet {
namespace {

const int32_t* blockAt(const int32_t* state, int place) {
  return state + StateField::at(place);
}

}  // namespace

void assemble(const std::vector<Block>& vocabulary, const int32_t* state, AtomGraph& graph) {
  graph.clear();
  const int count = state[StateField::blocks];
  int32_t first[kMostBlocks];
  for (int i = 0; i < count; i++) {
    const Block& block = vocabulary[blockAt(state, i)[0]];
    first[i] = static_cast<int32_t>(graph.atoms.size());
    graph.atoms.insert(graph.atoms.end(), block.atoms.begin(), block.atoms.end());
    graph.block.resize(graph.atoms.size(), i);
    for (const BlockBond& bond : block.bonds) {
      graph.bonds.push_back({first[i] + bond.from, first[i] + bond.to, bond.order});
    }
  }
  const size_t junctions = graph.bonds.size();
  for (int i = 1; i < count; i++) {
    const int32_t* at = blockAt(state, i);
    const Block& parent = vocabulary[blockAt(state, at[1])[0]];
    const int32_t own = vocabulary[at[0]].attachments[at[3]].atom;
    graph.bonds.push_back({first[at[1]] + parent.attachments[at[2]].atom, first[i] + own, 1});
  }
  for (int i = 0; i < count; i++) {
    for (const BlockAttachment& attachment : vocabulary[blockAt(state, i)[0]].attachments) {
      const int32_t atom = first[i] + attachment.atom;
      size_t bonds = 0;
      for (size_t j = junctions; j < graph.bonds.size(); j++) {
        if (graph.bonds[j].from == atom || graph.bonds[j].to == atom) bonds++;
      }
      if (bonds > 0) graph.atoms[atom].hydrogens = attachment.hydrogens[bonds - 1];
    }
  }
}

}  // namespace gflownet
