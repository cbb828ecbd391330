#pragma once

#include <cstdint>

#include "molecule/block_tables.hpp"

namespace gflownet {

// A state: see StateField in src/molecule/block-tree.ts.
struct StateField {
  static constexpr int blocks = 0;
  static constexpr int stopped = 1;
  static constexpr int first = 2;
  static constexpr int width = 4;

  // Where the integers of a block begin.
  HD static constexpr int at(int place) noexcept { return first + width * place; }
};

// A tree of blocks without a root: each block's junction bonds.
struct BlockTree {
  int size = 0;
  int32_t block[kMostBlocks]{};
  int32_t degree[kMostBlocks]{};                   // junction bonds of a block
  int16_t neighbour[kMostBlocks][kMostBlocks]{};   // blocks that it is joined to
  int16_t attachment[kMostBlocks][kMostBlocks]{};  // and its own attachment that holds each of them

  HD void read(const int32_t* state) noexcept {
    size = 0;
    for (int i = 0; i < state[StateField::blocks]; i++) {
      const int32_t* at = state + StateField::at(i);
      if (i == 0) {
        addFirst(at[0]);
      } else {
        join(at[1], at[2], at[0], at[3]);
      }
    }
  }

  HD void addFirst(int added) noexcept {
    block[0] = added;
    degree[0] = 0;
    size = 1;
  }

  // Adds a block; it is the last one then.
  HD void join(int parent, int parentAttachment, int added, int addedAttachment) noexcept {
    const int last = size++;
    block[last] = added;
    degree[last] = 0;
    connect(parent, parentAttachment, last);
    connect(last, addedAttachment, parent);
  }

  // Takes the block off again that `join` has added last.
  HD void unjoin() noexcept {
    const int last = --size;
    degree[neighbour[last][0]]--;
  }

  // Makes this the other tree without a block that has one junction bond.
  HD void copyWithout(const BlockTree& other, int leaf) noexcept {
    size = other.size - 1;
    for (int from = 0; from < other.size; from++) {
      if (from == leaf) continue;
      const int node = shifted(from, leaf);
      block[node] = other.block[from];
      degree[node] = 0;
      for (int k = 0; k < other.degree[from]; k++) {
        const int to = other.neighbour[from][k];
        if (to != leaf) connect(node, other.attachment[from][k], shifted(to, leaf));
      }
    }
  }

  // Where a block stands once the leaf is gone.
  HD static int shifted(int node, int leaf) noexcept { return node > leaf ? node - 1 : node; }

  // Junction bonds that an attachment of a block can still take.
  HD int open(const BlockTables& tables, int node, int which) const noexcept {
    int count = tables.capacity(block[node], which);
    for (int k = 0; k < degree[node]; k++) {
      if (attachment[node][k] == which) count--;
    }
    return count;
  }

  // Junction bonds that all blocks together can still take.
  HD int openInAll(const BlockTables& tables) const noexcept {
    int count = 0;
    for (int node = 0; node < size; node++) count += tables.uses(block[node]) - degree[node];
    return count;
  }

  // The attachment of a block that holds a neighbour.
  HD int attachmentTo(int node, int other) const noexcept {
    int k = 0;
    while (neighbour[node][k] != other) k++;
    return attachment[node][k];
  }

 private:
  HD void connect(int from, int which, int to) noexcept {
    const int k = degree[from]++;
    neighbour[from][k] = static_cast<int16_t>(to);
    attachment[from][k] = static_cast<int16_t>(which);
  }
};

}  // namespace gflownet
