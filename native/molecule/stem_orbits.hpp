#pragma once

#include <cstdint>

#include "molecule/block_tables.hpp"
#include "molecule/block_tree.hpp"
#include "molecule/canonical_form.hpp"

namespace gflownet {

// The open stems of a tree, and which of them an automorphism of the tree maps to one another: see
// src/molecule/stem-orbits.ts.
class StemOrbits {
 public:
  HD explicit StemOrbits(const BlockTables& tables) noexcept : tables_(tables) {}

  // Finds the stems of a state that `tree` has read: blocks stand after their parents.
  HD void find(const BlockTree& tree, const int32_t* state) noexcept {
    for (int i = 0; i < tree.size; i++) parent_[i] = state[StateField::at(i) + 1];
    subtrees_ = 0;
    for (int node = tree.size - 1; node > 0; node--) down_[node] = subtree(tree, node, parent_[node]);
    for (int node = 1; node < tree.size; node++) up_[node] = subtree(tree, parent_[node], node);
    stems_ = 0;
    for (int node = 0; node < tree.size; node++) {
      for (int attachment = 0; attachment < tables_.attachments(tree.block[node]); attachment++) {
        if (tree.open(tables_, node, attachment) > 0) addStem(tree, node, attachment);
      }
    }
  }

  HD int stems() const noexcept { return stems_; }
  HD int node(int stem) const noexcept { return node_[stem]; }
  HD int attachment(int stem) const noexcept { return attachment_[stem]; }
  // The lowest stem that is equivalent to this one.
  HD int representative(int stem) const noexcept { return representative_[stem]; }

 private:
  static constexpr int kNone = -1;
  static constexpr int kSignature = 3 + kMostBlocks;  // block, attachment, count, children
  static constexpr int kSubtrees = 2 * kMostBlocks;   // each junction bond has two

  HD void addStem(const BlockTree& tree, int node, int attachment) noexcept {
    const int stem = stems_++;
    node_[stem] = static_cast<int16_t>(node);
    attachment_[stem] = static_cast<int16_t>(attachment);
    sign(tree, node, kNone, attachment, stemSignature_[stem]);
    int first = 0;
    while (!equal(stemSignature_[first], stemSignature_[stem])) first++;
    representative_[stem] = static_cast<int16_t>(first);
  }

  // The number of the subtree at a block, seen from a neighbour; isomorphic ones share it.
  HD int subtree(const BlockTree& tree, int node, int from) noexcept {
    const int fresh = subtrees_;
    sign(tree, node, from, tree.attachmentTo(node, from), subtreeSignature_[fresh]);
    int known = 0;
    while (!equal(subtreeSignature_[known], subtreeSignature_[fresh])) known++;
    if (known == fresh) subtrees_++;
    return known;
  }

  // Writes what tells a block with its subtrees, but for that of `from`, held by an attachment.
  HD void sign(const BlockTree& tree, int node, int from, int held, int32_t* signature) const noexcept {
    const int block = tree.block[node];
    const int count = tree.degree[node] - (from == kNone ? 0 : 1);
    int32_t pairs[kMostBlocks]{};
    signature[0] = block;
    signature[1] = tables_.attachments(block);  // above every attachment
    signature[2] = count;
    for (int g = 0; g < tables_.automorphisms(block); g++) {
      const int32_t* images = tables_.images(block, g);
      if (images[held] > signature[1]) continue;
      int children = 0;
      for (int k = 0; k < tree.degree[node]; k++) {
        const int other = tree.neighbour[node][k];
        if (other == from) continue;
        const int number = other == parent_[node] ? up_[node] : down_[other];
        insertSorted(pairs, children++, images[tree.attachment[node][k]] * kSubtrees + number);
      }
      if (images[held] == signature[1] && !isLess(pairs, signature + 3, count)) continue;
      signature[1] = images[held];
      for (int i = 0; i < count; i++) signature[3 + i] = pairs[i];
    }
  }

  HD static bool isLess(const int32_t* a, const int32_t* b, int count) noexcept {
    for (int i = 0; i < count; i++) {
      if (a[i] != b[i]) return a[i] < b[i];
    }
    return false;
  }

  HD static bool equal(const int32_t* a, const int32_t* b) noexcept {
    if (a[0] != b[0] || a[1] != b[1] || a[2] != b[2]) return false;
    for (int i = 3; i < 3 + a[2]; i++) {
      if (a[i] != b[i]) return false;
    }
    return true;
  }

  const BlockTables& tables_;
  int stems_ = 0;
  int subtrees_ = 0;
  int parent_[kMostBlocks]{};
  int down_[kMostBlocks]{};  // numbers of subtrees: of a block seen from its parent,
  int up_[kMostBlocks]{};    // and of the parent seen from it
  int32_t subtreeSignature_[kSubtrees][kSignature];
  int32_t stemSignature_[kMostStems][kSignature];
  int16_t node_[kMostStems]{};
  int16_t attachment_[kMostStems]{};
  int16_t representative_[kMostStems]{};
};

}  // namespace gflownet
