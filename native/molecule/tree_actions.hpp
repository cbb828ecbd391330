#pragma once

#include <cstdint>
#include <utility>

#include "molecule/block_tables.hpp"
#include "molecule/block_tree.hpp"
#include "molecule/canonical_form.hpp"
#include "molecule/stem_orbits.hpp"

namespace gflownet {

// The steps between block trees in canonical form: see src/molecule/tree-actions.ts.
class TreeActions {
 public:
  TreeActions(BlockTables tables, int minimumBlocks, int maximumBlocks)
      : tables_(std::move(tables)),
        minimum_(minimumBlocks),
        maximum_(maximumBlocks),
        stop_(tables_.mostStems(maximumBlocks) * tables_.joins()) {}

  HD const BlockTables& tables() const noexcept { return tables_; }
  // The action that stops.
  HD int stop() const noexcept { return stop_; }
  // The backward action that takes the stop back.
  HD int undoStop() const noexcept { return maximum_; }
  HD int stateSize() const noexcept { return StateField::at(maximum_); }

  HD void initial(int32_t* s) const noexcept {
    for (int i = 0; i < stateSize(); i++) s[i] = -1;
    s[StateField::blocks] = 0;
    s[StateField::stopped] = 0;
  }

  HD bool isTerminal(const int32_t* s) const noexcept {
    const int blocks = s[StateField::blocks];
    if (s[StateField::stopped] == 1 || blocks == maximum_) return true;
    return blocks > 0 && openInAll(s) == 0;
  }

  // mask: [stop + 1] 1 where the action is allowed.
  HD void fillAllowed(const int32_t* s, uint8_t* mask) const noexcept {
    for (int action = 0; action <= stop_; action++) mask[action] = 0;
    if (isTerminal(s)) return;
    if (s[StateField::blocks] >= minimum_) mask[stop_] = 1;
    if (s[StateField::blocks] == 0) {
      for (int block = 0; block < tables_.blocks(); block++) mask[tables_.firstJoin(block)] = 1;
      return;
    }
    View view(tables_, s);
    const bool closing = isClosing(s);
    for (int stem = 0; stem < view.orbits.stems(); stem++) {
      if (view.orbits.representative(stem) != stem) continue;
      uint8_t* mask_s = mask + static_cast<size_t>(stem) * static_cast<size_t>(tables_.joins());
      for (int join = 0; join < tables_.joins(); join++) {
        mask_s[join] = closing && tables_.uses(tables_.joinBlock(join)) == 1 ? 0 : 1;
      }
    }
    for (int node = 0; node < view.tree.size; node++) {
      if (view.isFirstLeafOfItsBlock(node)) maskEqualChildren(view, view.tree.block[node], mask);
    }
  }

  HD bool allowed(const int32_t* s, int action) const noexcept {
    if (isTerminal(s)) return false;
    if (action == stop_) return s[StateField::blocks] >= minimum_;
    const int stem = action / tables_.joins();
    const int join = action % tables_.joins();
    if (s[StateField::blocks] == 0) return stem == 0 && join == tables_.firstJoin(tables_.joinBlock(join));
    View view(tables_, s);
    if (stem >= view.orbits.stems() || view.orbits.representative(stem) != stem) return false;
    if (isClosing(s) && tables_.uses(tables_.joinBlock(join)) == 1) return false;
    int32_t child[kMostState]{};
    formWith(view, stem, join, child);
    return lowestTo(view, child, stem, join) == action;
  }

  // Takes an allowed action; returns the backward action that undoes it.
  HD int apply(int32_t* s, int action) const noexcept {
    if (action == stop_) {
      s[StateField::stopped] = 1;
      return undoStop();
    }
    const int join = action % tables_.joins();
    CanonicalForm form(tables_);
    if (s[StateField::blocks] == 0) {
      BlockTree tree;
      tree.addFirst(tables_.joinBlock(join));
      form.write(tree, maximum_, s);
      return 0;
    }
    View view(tables_, s);
    int32_t parent[kMostState]{};
    copyState(s, parent);
    joinAt(view, action / tables_.joins(), join);
    form.write(view.tree, maximum_, s);
    return removalTo(parent, s, form.place(view.tree.size - 1));
  }

  // mask: [undoStop + 1] 1 where the backward action is allowed.
  HD void fillBackwardAllowed(const int32_t* s, uint8_t* mask) const noexcept {
    for (int backward = 0; backward <= maximum_; backward++) mask[backward] = 0;
    if (s[StateField::stopped] == 1) {
      mask[undoStop()] = 1;
      return;
    }
    BlockTree tree;
    tree.read(s);
    if (tree.size == 1) mask[0] = 1;
    int32_t parents[kMostBlocks][kMostState]{};
    for (int node = 0; node < tree.size; node++) {
      if (!isRemovable(tree, node)) continue;
      formWithout(tree, node, parents[node]);
      mask[node] = 1;
      for (int lower = 0; lower < node; lower++) {
        const bool same = mask[lower] != 0 && tree.block[lower] == tree.block[node];
        if (same && isEqual(parents[lower], parents[node])) mask[node] = 0;
      }
    }
  }

  HD bool backwardAllowed(const int32_t* s, int backward) const noexcept {
    if (s[StateField::stopped] == 1) return backward == undoStop();
    if (backward >= s[StateField::blocks]) return false;
    BlockTree tree;
    tree.read(s);
    if (tree.size == 1) return true;
    if (!isRemovable(tree, backward)) return false;
    int32_t parent[kMostState]{};
    formWithout(tree, backward, parent);
    return removalTo(parent, s, backward) == backward;
  }

  // Takes an allowed backward action; returns the action that redoes it in the parent.
  HD int undo(int32_t* s, int backward) const noexcept {
    if (backward == undoStop()) {
      s[StateField::stopped] = 0;
      return stop_;
    }
    BlockTree tree;
    tree.read(s);
    const int block = tree.block[backward];
    if (tree.size == 1) {
      initial(s);
      return tables_.firstJoin(block);
    }
    int32_t child[kMostState]{};
    copyState(s, child);
    const int join = tables_.joinOf(block, tree.attachment[backward][0]);
    const int host = tree.neighbour[backward][0];
    const int kept = BlockTree::shifted(host, backward);
    BlockTree parent;
    parent.copyWithout(tree, backward);
    CanonicalForm form(tables_);
    form.write(parent, maximum_, s);
    const int place = form.place(kept);
    const int attachment = form.image(parent, kept, tree.attachmentTo(host, backward));
    View view(tables_, s);
    int stem = 0;
    while (view.orbits.node(stem) != place || view.orbits.attachment(stem) != attachment) stem++;
    return lowestTo(view, child, view.orbits.representative(stem), join);
  }

 private:
  static constexpr int kMostState = StateField::first + StateField::width * kMostBlocks;
  static constexpr int kMostCandidates = kMostStems * kMostAttachments;

  // A state that has blocks, with its stems.
  struct View {
    BlockTree tree;
    StemOrbits orbits;

    HD View(const BlockTables& tables, const int32_t* s) noexcept : orbits(tables) {
      tree.read(s);
      orbits.find(tree, s);
    }

    // Whether a block is a leaf, and no block of its kind before it is one.
    HD bool isFirstLeafOfItsBlock(int node) const noexcept {
      if (tree.degree[node] > 1) return false;
      for (int lower = 0; lower < node; lower++) {
        if (tree.degree[lower] <= 1 && tree.block[lower] == tree.block[node]) return false;
      }
      return true;
    }

    HD bool hasLeaf(int block) const noexcept {
      for (int node = 0; node < tree.size; node++) {
        if (tree.degree[node] <= 1 && tree.block[node] == block) return true;
      }
      return false;
    }
  };

  HD int openInAll(const int32_t* s) const noexcept {
    int open = 0;
    for (int i = 0; i < s[StateField::blocks]; i++) {
      open += tables_.uses(s[StateField::at(i)]);
    }
    return open - 2 * (s[StateField::blocks] - 1);
  }

  // Whether a molecule below the least size has one open stem, so that it must not take a block without another one.
  HD bool isClosing(const int32_t* s) const noexcept {
    return s[StateField::blocks] + 1 < minimum_ && openInAll(s) == 1;
  }

  HD void joinAt(View& view, int stem, int join) const noexcept {
    view.tree.join(view.orbits.node(stem), view.orbits.attachment(stem), tables_.joinBlock(join),
                   tables_.joinAttachment(join));
  }

  // The canonical state after an action.
  HD void formWith(View& view, int stem, int join, int32_t* child) const noexcept {
    joinAt(view, stem, join);
    CanonicalForm(tables_).write(view.tree, maximum_, child);
    view.tree.unjoin();
  }

  // The canonical state without a leaf.
  HD void formWithout(const BlockTree& tree, int leaf, int32_t* parent) const noexcept {
    BlockTree without;
    without.copyWithout(tree, leaf);
    CanonicalForm(tables_).write(without, maximum_, parent);
  }

  // What actions that lead to the same child share: the ends of the new bond, in any order, and the host's degree.
  HD uint64_t bondOf(const View& view, int stem, int join) const noexcept {
    const int host = view.orbits.node(stem);
    const int block = view.tree.block[host];
    const int hostEnd = block * kMostAttachments + tables_.orbit(block, view.orbits.attachment(stem));
    const int joinEnd = tables_.joinBlock(join) * kMostAttachments + tables_.joinAttachment(join);
    const auto low = static_cast<uint64_t>(hostEnd < joinEnd ? hostEnd : joinEnd);
    const auto high = static_cast<uint64_t>(hostEnd < joinEnd ? joinEnd : hostEnd);
    const uint64_t ends = (low << 16U) | high;
    return (ends << 8U) | static_cast<uint64_t>(view.tree.degree[host]);
  }

  // Of allowed actions that put on the same block and lead to the same child leaves the lowest. Children are compared
  // by hash first, and worked out only where two actions may lead to the same one.
  HD void maskEqualChildren(View& view, int block, uint8_t* mask) const noexcept {
    uint64_t bond[kMostCandidates];
    uint64_t hash[kMostCandidates];  // 0: not worked out yet
    int32_t action[kMostCandidates];
    int count = 0;
    for (int stem = 0; stem < view.orbits.stems(); stem++) {
      for (int join = tables_.firstJoin(block); join < tables_.firstJoin(block + 1); join++) {
        const int candidate = stem * tables_.joins() + join;
        if (mask[candidate] == 0) continue;
        action[count] = candidate;
        bond[count] = bondOf(view, stem, join);
        hash[count] = 0;
        for (int lower = 0; lower < count && mask[candidate] != 0; lower++) {
          if (bond[lower] != bond[count] || mask[action[lower]] == 0) continue;
          if (hash[count] == 0) hash[count] = childHash(view, candidate);
          if (hash[lower] == 0) hash[lower] = childHash(view, action[lower]);
          if (hash[lower] == hash[count] && haveSameChild(view, action[lower], candidate)) mask[candidate] = 0;
        }
        count++;
      }
    }
  }

  HD uint64_t childHash(View& view, int action) const noexcept {
    int32_t child[kMostState]{};
    formWith(view, action / tables_.joins(), action % tables_.joins(), child);
    uint64_t hash = 0xcbf29ce484222325U;
    for (int i = 0; i < stateSize(); i++) hash = (hash ^ static_cast<uint32_t>(child[i])) * 0x100000001b3U;
    return hash | 1U;
  }

  HD bool haveSameChild(View& view, int first, int second) const noexcept {
    int32_t child[kMostState]{};
    int32_t other[kMostState]{};
    formWith(view, first / tables_.joins(), first % tables_.joins(), child);
    formWith(view, second / tables_.joins(), second % tables_.joins(), other);
    return isEqual(child, other);
  }

  // The lowest action that leads to this child, of which the one given is one.
  HD int lowestTo(View& view, const int32_t* child, int stem, int join) const noexcept {
    const int block = tables_.joinBlock(join);
    const int action = stem * tables_.joins() + join;
    if (!view.hasLeaf(block)) return action;
    const uint64_t bond = bondOf(view, stem, join);
    int32_t form[kMostState]{};
    for (int lower = 0; lower <= stem; lower++) {
      if (view.orbits.representative(lower) != lower) continue;
      for (int other = tables_.firstJoin(block); other < tables_.firstJoin(block + 1); other++) {
        const int candidate = lower * tables_.joins() + other;
        if (candidate == action) return action;
        if (bondOf(view, lower, other) != bond) continue;
        formWith(view, lower, other, form);
        if (isEqual(form, child)) return candidate;
      }
    }
    return action;
  }

  // The lowest backward action of the state from which the block at `leaf` can be taken off to the same parent.
  HD int removalTo(const int32_t* parent, const int32_t* s, int leaf) const noexcept {
    BlockTree tree;
    tree.read(s);
    int32_t form[kMostState]{};
    for (int lower = 0; lower < leaf; lower++) {
      if (tree.block[lower] != tree.block[leaf] || !isRemovable(tree, lower)) continue;
      formWithout(tree, lower, form);
      if (isEqual(form, parent)) return lower;
    }
    return leaf;
  }

  // Whether a block is a leaf that the vocabulary can put back.
  HD bool isRemovable(const BlockTree& tree, int node) const noexcept {
    return tree.degree[node] == 1 && tables_.joinOf(tree.block[node], tree.attachment[node][0]) >= 0;
  }

  HD void copyState(const int32_t* from, int32_t* to) const noexcept {
    for (int i = 0; i < stateSize(); i++) to[i] = from[i];
  }

  HD bool isEqual(const int32_t* a, const int32_t* b) const noexcept {
    for (int i = 0; i < stateSize(); i++) {
      if (a[i] != b[i]) return false;
    }
    return true;
  }

  BlockTables tables_;
  int minimum_;
  int maximum_;
  int stop_;
};

}  // namespace gflownet
