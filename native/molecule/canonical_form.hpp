#pragma once

#include <algorithm>
#include <cstdint>

#include "molecule/block_tables.hpp"
#include "molecule/block_tree.hpp"

namespace gflownet {

// Puts a value among the `count` sorted ones before it.
HD inline void insertSorted(int32_t* sorted, int count, int32_t value) noexcept {
  int at = count;
  for (; at > 0 && sorted[at - 1] > value; at--) sorted[at] = sorted[at - 1];
  sorted[at] = value;
}

// The canonical form of block trees: see src/molecule/canonical-form.ts, whose every choice it repeats.
class CanonicalForm {
 public:
  HD explicit CanonicalForm(const BlockTables& tables) noexcept : tables_(tables) {}

  // Writes the canonical state of a tree that is not empty: not stopped, with room for `maximum` blocks.
  HD void write(const BlockTree& tree, int maximum, int32_t* state) noexcept {
    const int size = StateField::at(maximum);
    for (int i = 0; i < size; i++) state[i] = kNone;
    state[StateField::blocks] = tree.size;
    state[StateField::stopped] = 0;
    next_ = 0;
    writeBlock(tree, root(tree), kNone, state, kNone, kNone);
  }

  // Where a block of the last tree stands in its canonical state.
  HD int place(int node) const noexcept { return place_[node]; }

  // The attachment that stands for this one of the last tree in its canonical state.
  HD int image(const BlockTree& tree, int node, int attachment) const noexcept {
    return tables_.images(tree.block[node], automorphism_[node])[attachment];
  }

 private:
  static constexpr int kNone = -1;
  static constexpr int kCode = 4 * kMostBlocks;  // most integers of a subtree's code

  // The block that the tree hangs from; the codes of all subtrees have been worked out then.
  HD int root(const BlockTree& tree) noexcept {
    int centre[2] = {0, kNone};
    findCentres(tree, centre);
    encode(tree, centre[0], kNone);
    if (centre[1] == kNone) return centre[0];
    int16_t firstCode[kCode]{};
    const int length = codeLength_[centre[0]];
    for (int i = 0; i < length; i++) firstCode[i] = code_[centre[0]][i];
    encode(tree, centre[1], kNone);
    if (compare(firstCode, length, code_[centre[1]], codeLength_[centre[1]]) > 0) return centre[1];
    encode(tree, centre[0], kNone);
    return centre[0];
  }

  // Takes leaves off until one or two blocks are left: the centre, or both with kNone after a single one.
  HD static void findCentres(const BlockTree& tree, int* centre) noexcept {
    int left[kMostBlocks]{};
    int removed[kMostBlocks]{};
    for (int node = 0; node < tree.size; node++) {
      left[node] = tree.degree[node];
      removed[node] = 0;
    }
    int remaining = tree.size;
    for (int round = 1; remaining > 2; round++) {
      for (int node = 0; node < tree.size; node++) {
        if (removed[node] != 0 || left[node] != 1) continue;
        removed[node] = round;
        remaining--;
      }
      for (int node = 0; node < tree.size; node++) {
        if (removed[node] != round) continue;
        for (int k = 0; k < tree.degree[node]; k++) left[tree.neighbour[node][k]]--;
      }
    }
    int count = 0;
    for (int node = 0; node < tree.size; node++) {
      if (removed[node] == 0) centre[count++] = node;
    }
  }

  // Works out the code of a subtree, seen from the block that holds it.
  HD void encode(const BlockTree& tree, int node, int from) noexcept {
    int count = 0;
    int held = kNone;
    for (int k = 0; k < tree.degree[node]; k++) {
      const int other = tree.neighbour[node][k];
      if (other == from) {
        held = tree.attachment[node][k];
        continue;
      }
      encode(tree, other, node);
      insertByCode(tree, node, count++, k);
    }
    int32_t rank[kMostBlocks]{};
    for (int i = 0, current = 0; i < count; i++) {
      if (i > 0 && compareCodes(child(tree, node, i - 1), child(tree, node, i)) != 0) current++;
      rank[i] = current;
    }
    chooseAutomorphism(tree, node, held, count, rank);
    writeCode(tree, node, held, count);
  }

  HD int child(const BlockTree& tree, int node, int i) const noexcept {
    return tree.neighbour[node][children_[node][i]];
  }

  // Puts a child among the `count` ones before it, which stand in the order of their codes.
  HD void insertByCode(const BlockTree& tree, int node, int count, int k) noexcept {
    const int added = tree.neighbour[node][k];
    int at = count;
    for (; at > 0 && compareCodes(child(tree, node, at - 1), added) > 0; at--) {
      children_[node][at] = children_[node][at - 1];
    }
    children_[node][at] = static_cast<int16_t>(k);
  }

  // Of all automorphisms takes that with the least (image of `held`, sorted pairs of attachment and rank).
  HD void chooseAutomorphism(const BlockTree& tree, int node, int held, int count, const int32_t* rank) noexcept {
    const int block = tree.block[node];
    int32_t pairs[kMostBlocks]{};
    int32_t best[kMostBlocks]{};
    int bestHeld = kNone;
    for (int g = 0; g < tables_.automorphisms(block); g++) {
      const int32_t* images = tables_.images(block, g);
      const int image = held == kNone ? kNone : images[held];
      if (g > 0 && image > bestHeld) continue;
      for (int i = 0; i < count; i++) {
        const int attachment = images[tree.attachment[node][children_[node][i]]];
        insertSorted(pairs, i, (attachment * kMostBlocks + rank[i]) * kMostBlocks + i);
      }
      if (g > 0 && image == bestHeld && !isLess(pairs, best, count)) continue;
      bestHeld = image;
      for (int i = 0; i < count; i++) best[i] = pairs[i];
      automorphism_[node] = g;
    }
    for (int i = 0; i < count; i++) pairs[i] = children_[node][best[i] % kMostBlocks];
    for (int i = 0; i < count; i++) children_[node][i] = static_cast<int16_t>(pairs[i]);
  }

  // Compares sorted pairs without their places.
  HD static bool isLess(const int32_t* a, const int32_t* b, int count) noexcept {
    for (int i = 0; i < count; i++) {
      if (a[i] / kMostBlocks != b[i] / kMostBlocks) return a[i] / kMostBlocks < b[i] / kMostBlocks;
    }
    return false;
  }

  HD void writeCode(const BlockTree& tree, int node, int held, int count) noexcept {
    const int32_t* images = tables_.images(tree.block[node], automorphism_[node]);
    int16_t* code = code_[node];
    int at = 0;
    code[at++] = static_cast<int16_t>(tree.block[node]);
    code[at++] = static_cast<int16_t>(held == kNone ? kNone : images[held]);
    code[at++] = static_cast<int16_t>(count);
    for (int i = 0; i < count; i++) {
      const int below = child(tree, node, i);
      code[at++] = static_cast<int16_t>(images[tree.attachment[node][children_[node][i]]]);
      for (int j = 0; j < codeLength_[below]; j++) code[at++] = code_[below][j];
    }
    codeLength_[node] = at;
  }

  HD void writeBlock(const BlockTree& tree, int node, int from, int32_t* state, int parent,
                     int parentAttachment) noexcept {
    const int place = next_++;
    int32_t* at = state + StateField::at(place);
    place_[node] = place;
    at[0] = tree.block[node];
    at[1] = parent;
    at[2] = parentAttachment;
    at[3] = code_[node][1];
    const int count = tree.degree[node] - (from == kNone ? 0 : 1);
    for (int i = 0; i < count; i++) {
      const int attachment = image(tree, node, tree.attachment[node][children_[node][i]]);
      writeBlock(tree, child(tree, node, i), node, state, place, attachment);
    }
  }

  HD int compareCodes(int a, int b) const noexcept {
    return compare(code_[a], codeLength_[a], code_[b], codeLength_[b]);
  }

  // Compares two codes lexicographically: none is the beginning of another one.
  HD static int compare(const int16_t* a, int aLength, const int16_t* b, int bLength) noexcept {
    const int length = aLength < bLength ? aLength : bLength;
    for (int i = 0; i < length; i++) {
      if (a[i] != b[i]) return a[i] - b[i];
    }
    return 0;
  }

  const BlockTables& tables_;
  int next_ = 0;
  int place_[kMostBlocks]{};
  int automorphism_[kMostBlocks]{};
  int codeLength_[kMostBlocks]{};
  int16_t code_[kMostBlocks][kCode]{};            // of each block's subtree
  int16_t children_[kMostBlocks][kMostBlocks]{};  // places among a block's neighbours, in canonical order
};

}  // namespace gflownet
