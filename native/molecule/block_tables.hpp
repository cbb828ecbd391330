#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "env/environment.hpp"
#include "molecule/block_line.hpp"

namespace gflownet {

// Sizes of the fixed arrays of the process.
constexpr int kMostBlocks = 16;  // of a molecule
constexpr int kMostAttachments = 16;
constexpr int kMostVocabulary = 4096;  // blocks
constexpr int kMostStems = kMostBlocks * kMostAttachments;

// A vocabulary as the process reads it: see src/molecule/block-tables.ts. The arrays are shared by copies.
class BlockTables {
 public:
  BlockTables() = default;

  // ERR_ARGUMENT naming the parameter `blocks` for more blocks than a vocabulary may have.
  explicit BlockTables(std::shared_ptr<const std::vector<Block>> vocabulary);

  HD int blocks() const noexcept { return blocks_; }
  HD int joins() const noexcept { return joins_; }
  HD int mostAttachments() const noexcept { return mostAttachments_; }
  HD int attachments(int block) const noexcept { return firstAttachment_[block + 1] - firstAttachment_[block]; }
  // Junction bonds that an attachment takes.
  HD int capacity(int block, int attachment) const noexcept { return capacity_[firstAttachment_[block] + attachment]; }
  // Junction bonds that a block takes in all.
  HD int uses(int block) const noexcept { return uses_[block]; }
  // The lowest attachment that an automorphism maps this one to.
  HD int orbit(int block, int attachment) const noexcept { return orbit_[firstAttachment_[block] + attachment]; }
  HD int automorphisms(int block) const noexcept { return automorphisms_[block]; }
  // [attachments] An automorphism's images.
  HD const int32_t* images(int block, int automorphism) const noexcept {
    const int first = firstImage_[block] + automorphism * attachments(block);
    return images_ + first;
  }
  HD int firstJoin(int block) const noexcept { return firstJoin_[block]; }
  HD int joinBlock(int join) const noexcept { return joinBlock_[join]; }
  HD int joinAttachment(int join) const noexcept { return joinAttachment_[join]; }

  // The join that puts a block back which hangs by this attachment; -1 if there is none.
  HD int joinOf(int block, int attachment) const noexcept {
    for (int join = firstJoin(block); join < firstJoin(block + 1); join++) {
      if (joinAttachment(join) == orbit(block, attachment)) return join;
    }
    return -1;
  }

  // A bound on the open stems of a molecule that has room for one block more.
  int mostStems(int maximumBlocks) const;

  const std::vector<Block>& vocabulary() const { return *vocabulary_; }

 private:
  struct Tables {
    std::vector<int32_t> firstAttachment{0};
    std::vector<int32_t> capacity;
    std::vector<int32_t> orbit;
    std::vector<int32_t> uses;
    std::vector<int32_t> automorphisms;
    std::vector<int32_t> firstImage;
    std::vector<int32_t> images;
    std::vector<int32_t> firstJoin{0};
    std::vector<int32_t> joinBlock;
    std::vector<int32_t> joinAttachment;
  };

  static void append(Tables& tables, const Block& block);

  std::shared_ptr<const std::vector<Block>> vocabulary_;
  std::shared_ptr<const Tables> tables_;  // what the pointers below point into
  int blocks_ = 0;
  int joins_ = 0;
  int mostAttachments_ = 0;
  const int32_t* firstAttachment_ = nullptr;
  const int32_t* capacity_ = nullptr;
  const int32_t* orbit_ = nullptr;
  const int32_t* uses_ = nullptr;
  const int32_t* automorphisms_ = nullptr;
  const int32_t* firstImage_ = nullptr;
  const int32_t* images_ = nullptr;
  const int32_t* firstJoin_ = nullptr;
  const int32_t* joinBlock_ = nullptr;
  const int32_t* joinAttachment_ = nullptr;
};

}  // namespace gflownet
