#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gflownet {

struct BlockAtom {
  int32_t element;  // atomic number
  int32_t charge;
  int32_t aromatic;  // 1 or 0
  int32_t hydrogens;
};

constexpr int32_t kAromaticBond = 4;

struct BlockBond {
  int32_t from;
  int32_t to;
  int32_t order;  // 1, 2, 3, or kAromaticBond
};

struct BlockAttachment {
  int32_t atom;
  std::vector<int32_t> hydrogens;  // left after 1, 2, ... junction bonds
};

// A block of the vocabulary: see src/molecule/block.ts.
struct Block {
  std::string smiles;
  std::vector<BlockAtom> atoms;
  std::vector<BlockBond> bonds;
  std::vector<BlockAttachment> attachments;
  std::vector<int32_t> joins;
  std::vector<std::vector<int32_t>> automorphisms;  // permutations of the attachments
};

// The block in a line of src/molecule/block-line.ts. ERR_ARGUMENT naming `name` if it is not whole, or larger than the
// fixed arrays of the process hold.
Block parseBlockLine(const std::string& name, const std::string& line);

}  // namespace gflownet
