#include "molecule/smiles.hpp"

#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace gflownet {
namespace {

constexpr std::array<std::string_view, 55> symbols{
    "",   "H",  "He", "Li", "Be", "B",  "C",  "N",  "O",  "F",  "Ne", "Na", "Mg", "Al", "Si", "P",  "S",  "Cl", "Ar",
    "K",  "Ca", "Sc", "Ti", "V",  "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Kr", "Rb",
    "Sr", "Y",  "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb", "Te", "I",  "Xe"};

enum Element : int32_t {
  kBoron = 5,
  kCarbon = 6,
  kNitrogen = 7,
  kOxygen = 8,
  kFluorine = 9,
  kPhosphorus = 15,
  kSulfur = 16,
  kChlorine = 17,
  kBromine = 35,
  kIodine = 53
};

// Hydrogens that fill an element without brackets up to its lowest valence that the bonds leave room for; -1 if there
// is none, or the element needs brackets.
int filledUp(int32_t element, int bonds) {
  const auto upTo = [bonds](std::initializer_list<int> valences) {
    for (const int valence : valences) {
      if (valence >= bonds) return valence - bonds;
    }
    return -1;
  };
  switch (element) {
    case kBoron:
    case kNitrogen:
      return upTo({3});
    case kCarbon:
      return upTo({4});
    case kOxygen:
      return upTo({2});
    case kPhosphorus:
      return upTo({3, 5});
    case kSulfur:
      return upTo({2, 4, 6});
    case kFluorine:
    case kChlorine:
    case kBromine:
    case kIodine:
      return upTo({1});
    default:
      return -1;
  }
}

class SmilesWriter {
 public:
  explicit SmilesWriter(const AtomGraph& graph)
      : graph_(graph),
        bondsAt_(graph.atoms.size()),
        branches_(graph.atoms.size()),
        rings_(graph.atoms.size()),
        visited_(graph.atoms.size(), false),
        isRing_(graph.bonds.size(), false),
        digit_(graph.bonds.size(), 0) {
    for (size_t bond = 0; bond < graph.bonds.size(); bond++) {
      bondsAt_[graph.bonds[bond].from].push_back(bond);
      bondsAt_[graph.bonds[bond].to].push_back(bond);
    }
  }

  std::string write() {
    walk(0, graph_.bonds.size());
    writeAtom(0);
    return std::move(text_);
  }

 private:
  void walk(int atom, size_t via) {  // NOLINT(misc-no-recursion): as deep as the molecule is long
    visited_[atom] = true;
    for (const size_t bond : bondsAt_[atom]) {
      if (bond == via || isRing_[bond]) continue;
      const int other = otherEnd(bond, atom);
      if (!visited_[other]) {
        branches_[atom].push_back(bond);
        walk(other, bond);
      } else {
        isRing_[bond] = true;
        rings_[atom].push_back(bond);
        rings_[other].push_back(bond);
      }
    }
  }

  void writeAtom(int atom) {  // NOLINT(misc-no-recursion)
    writeSymbol(atom);
    writeRings(atom);
    const auto& branches = branches_[atom];
    for (size_t i = 0; i < branches.size(); i++) {
      const bool last = i + 1 == branches.size();
      if (!last) text_ += '(';
      writeBond(branches[i]);
      writeAtom(otherEnd(branches[i], atom));
      if (!last) text_ += ')';
    }
  }

  // Digits of the rings at an atom: one that ends here is free again for the next atom.
  void writeRings(int atom) {
    std::vector<int> ended;
    for (const size_t bond : rings_[atom]) {
      if (digit_[bond] > 0) {
        ended.push_back(digit_[bond]);
        writeDigit(digit_[bond]);
        continue;
      }
      size_t digit = 1;
      while (digit < taken_.size() && taken_[digit]) digit++;
      if (digit >= taken_.size()) taken_.resize(digit + 1, false);
      taken_[digit] = true;
      digit_[bond] = static_cast<int>(digit);
      writeBond(bond);
      writeDigit(digit_[bond]);
    }
    for (const int digit : ended) taken_[digit] = false;
  }

  void writeDigit(int digit) {
    if (digit >= 10) text_ += '%';
    text_ += std::to_string(digit);
  }

  void writeBond(size_t bond) {
    const auto [from, to, order] = graph_.bonds[bond];
    if (order == 2) text_ += '=';
    if (order == 3) text_ += '#';
    if (order == 1 && graph_.atoms[from].aromatic != 0 && graph_.atoms[to].aromatic != 0) text_ += '-';
  }

  void writeSymbol(int atom) {
    const BlockAtom& own = graph_.atoms[atom];
    const bool brackets = own.charge != 0 || impliedHydrogens(atom) != own.hydrogens;
    if (brackets) text_ += '[';
    for (const char letter : symbols[own.element]) {
      text_ += own.aromatic != 0 ? static_cast<char>(std::tolower(static_cast<unsigned char>(letter))) : letter;
    }
    if (!brackets) return;
    if (own.hydrogens > 0) text_ += 'H';
    if (own.hydrogens > 1) text_ += std::to_string(own.hydrogens);
    if (own.charge != 0) text_ += own.charge < 0 ? '-' : '+';
    const int size = own.charge < 0 ? -own.charge : own.charge;
    if (size > 1) text_ += std::to_string(size);
    text_ += ']';
  }

  // Hydrogens of an atom without brackets; -1 if it must have brackets.
  int impliedHydrogens(int atom) const {
    const BlockAtom& own = graph_.atoms[atom];
    if (own.aromatic != 0) {
      if (own.element == kCarbon) return bondsAt_[atom].size() == 2 ? 1 : 0;
      const bool bare =
          own.element == kNitrogen || own.element == kOxygen || own.element == kPhosphorus || own.element == kSulfur;
      return bare ? 0 : -1;
    }
    int sum = 0;
    for (const size_t bond : bondsAt_[atom]) sum += graph_.bonds[bond].order;
    return filledUp(own.element, sum);
  }

  int otherEnd(size_t bond, int atom) const {
    return graph_.bonds[bond].from == atom ? graph_.bonds[bond].to : graph_.bonds[bond].from;
  }

  const AtomGraph& graph_;
  std::string text_;
  std::vector<std::vector<size_t>> bondsAt_;   // [atoms] bonds of each atom
  std::vector<std::vector<size_t>> branches_;  // [atoms] bonds to the atoms that follow in the tree of the walk
  std::vector<std::vector<size_t>> rings_;     // [atoms] bonds that close or open a ring
  std::vector<bool> visited_;
  std::vector<bool> isRing_;
  std::vector<int> digit_;  // [bonds] of a ring that is open
  std::vector<bool> taken_;
};

}  // namespace

std::string smilesOf(const AtomGraph& graph) {
  return graph.atoms.empty() ? "" : SmilesWriter(graph).write();
}

}  // namespace gflownet
