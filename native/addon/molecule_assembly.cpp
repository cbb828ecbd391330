#include "addon/molecule_assembly.hpp"

#include <string>
#include <vector>

#include "addon/convert.hpp"
#include "env/molecule.hpp"
#include "molecule/atom_graph.hpp"
#include "molecule/scaffold.hpp"
#include "molecule/smiles.hpp"

namespace gflownet {
namespace {

// A state comes from outside: its numbers are checked before they are indices.
bool isState(const BlockTables& tables, int maximum, const int32_t* state) {
  if (state[StateField::blocks] < 0 || state[StateField::blocks] > maximum) return false;
  for (int i = 0; i < state[StateField::blocks]; i++) {
    const int32_t* at = state + StateField::at(i);
    if (at[0] < 0 || at[0] >= tables.blocks()) return false;
    if (i == 0) continue;
    if (at[1] < 0 || at[1] >= i) return false;
    const int parent = state[StateField::at(at[1])];
    if (at[2] < 0 || at[2] >= tables.attachments(parent) || at[3] < 0 || at[3] >= tables.attachments(at[0])) {
      return false;
    }
  }
  BlockTree tree;
  tree.read(state);
  for (int node = 0; node < tree.size; node++) {
    for (int attachment = 0; attachment < tables.attachments(tree.block[node]); attachment++) {
      if (tree.open(tables, node, attachment) < 0) return false;
    }
  }
  return true;
}

struct Assembled {
  std::vector<int32_t> atomOffset{0};
  std::vector<int32_t> atoms;  // [atoms x 5] element, charge, aromatic, hydrogens, block
  std::vector<int32_t> bondOffset{0};
  std::vector<int32_t> bonds;  // [bonds x 3] from, to, order
  std::vector<std::string> smiles;
  std::vector<std::string> scaffolds;

  void add(const AtomGraph& graph) {
    for (size_t i = 0; i < graph.atoms.size(); i++) {
      const BlockAtom& atom = graph.atoms[i];
      atoms.insert(atoms.end(), {atom.element, atom.charge, atom.aromatic, atom.hydrogens, graph.block[i]});
    }
    for (const auto& [from, to, order] : graph.bonds) bonds.insert(bonds.end(), {from, to, order});
    atomOffset.push_back(static_cast<int32_t>(atoms.size() / 5));
    bondOffset.push_back(static_cast<int32_t>(bonds.size() / 3));
    smiles.push_back(smilesOf(graph));
    scaffolds.push_back(smilesOf(murckoScaffold(graph)));
  }
};

Napi::Array toJsTexts(Napi::Env env, const std::vector<std::string>& texts) {
  Napi::Array array = Napi::Array::New(env, texts.size());
  for (size_t i = 0; i < texts.size(); i++) array.Set(static_cast<uint32_t>(i), texts[i]);
  return array;
}

}  // namespace

Napi::Value assembleMolecules(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const Molecule environment(toParameters(info[0].As<Napi::Object>()));
    const auto states = toVector<int32_t, Napi::Int32Array>(info[1]);
    const auto size = static_cast<size_t>(environment.stateSize());
    const BlockTables& tables = environment.steps.tables();
    Assembled assembled;
    AtomGraph graph;
    for (size_t at = 0; at < states.size(); at += size) {
      if (at + size > states.size() || !isState(tables, environment.maximum, states.data() + at)) {
        throw Error("ERR_ARGUMENT", "states: expected states of molecule, got another one at " + std::to_string(at));
      }
      assemble(tables.vocabulary(), states.data() + at, graph);
      assembled.add(graph);
    }
    Napi::Object object = Napi::Object::New(env);
    object.Set("atomOffset", toJsArray<Napi::Int32Array>(env, assembled.atomOffset));
    object.Set("atoms", toJsArray<Napi::Int32Array>(env, assembled.atoms));
    object.Set("bondOffset", toJsArray<Napi::Int32Array>(env, assembled.bondOffset));
    object.Set("bonds", toJsArray<Napi::Int32Array>(env, assembled.bonds));
    object.Set("smiles", toJsTexts(env, assembled.smiles));
    object.Set("scaffolds", toJsTexts(env, assembled.scaffolds));
    return object;
  });
}

}  // namespace gflownet
