#include "molecule/scaffold.hpp"

namespace gflownet {
namespace {

// [atoms] Takes atoms with one bond or none off until there is none.
std::vector<bool> ringsAndLinkers(const AtomGraph& molecule) {
  const size_t atoms = molecule.atoms.size();
  std::vector<bool> kept(atoms, true);
  std::vector<std::vector<int32_t>> neighbours(atoms);
  std::vector<size_t> degree(atoms);
  std::vector<int32_t> ends;
  for (const auto& [from, to, order] : molecule.bonds) {
    neighbours[from].push_back(to);
    neighbours[to].push_back(from);
  }
  for (size_t atom = 0; atom < atoms; atom++) {
    degree[atom] = neighbours[atom].size();
    if (degree[atom] <= 1) ends.push_back(static_cast<int32_t>(atom));
  }
  while (!ends.empty()) {
    const int32_t atom = ends.back();
    ends.pop_back();
    kept[atom] = false;
    for (const int32_t other : neighbours[atom]) {
      degree[other]--;
      if (kept[other] && degree[other] == 1) ends.push_back(other);
    }
  }
  return kept;
}

}  // namespace

AtomGraph murckoScaffold(const AtomGraph& molecule) {
  const std::vector<bool> kept = ringsAndLinkers(molecule);
  std::vector<bool> stays = kept;
  for (const auto& [from, to, order] : molecule.bonds) {
    if (order != 2) continue;
    if (kept[from]) stays[to] = true;
    if (kept[to]) stays[from] = true;
  }
  AtomGraph scaffold;
  std::vector<int32_t> place(molecule.atoms.size());
  for (size_t atom = 0; atom < molecule.atoms.size(); atom++) {
    place[atom] = static_cast<int32_t>(scaffold.atoms.size());
    if (!stays[atom]) continue;
    scaffold.atoms.push_back(molecule.atoms[atom]);
    scaffold.block.push_back(molecule.block[atom]);
  }
  for (const auto& [from, to, order] : molecule.bonds) {
    if (stays[from] && stays[to]) scaffold.bonds.push_back({place[from], place[to], order});
    if (stays[from] && !stays[to]) scaffold.atoms[place[from]].hydrogens += order;
    if (stays[to] && !stays[from]) scaffold.atoms[place[to]].hydrogens += order;
  }
  return scaffold;
}

}  // namespace gflownet
