#include "molecule/block_tables.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "error.hpp"

namespace gflownet {

BlockTables::BlockTables(std::shared_ptr<const std::vector<Block>> vocabulary) : vocabulary_(std::move(vocabulary)) {
  if (vocabulary_->empty() || vocabulary_->size() > kMostVocabulary) {
    throw Error("ERR_ARGUMENT", "blocks: expected 1 to " + std::to_string(kMostVocabulary) + " blocks, got " +
                                    std::to_string(vocabulary_->size()));
  }
  auto tables = std::make_shared<Tables>();
  for (const Block& block : *vocabulary_) {
    append(*tables, block);
    mostAttachments_ = std::max(mostAttachments_, static_cast<int>(block.attachments.size()));
  }
  blocks_ = static_cast<int>(vocabulary_->size());
  joins_ = static_cast<int>(tables->joinBlock.size());
  firstAttachment_ = tables->firstAttachment.data();
  capacity_ = tables->capacity.data();
  orbit_ = tables->orbit.data();
  uses_ = tables->uses.data();
  automorphisms_ = tables->automorphisms.data();
  firstImage_ = tables->firstImage.data();
  images_ = tables->images.data();
  firstJoin_ = tables->firstJoin.data();
  joinBlock_ = tables->joinBlock.data();
  joinAttachment_ = tables->joinAttachment.data();
  tables_ = tables;
}

void BlockTables::append(Tables& tables, const Block& block) {
  const auto index = static_cast<int32_t>(tables.uses.size());
  int32_t uses = 0;
  for (size_t attachment = 0; attachment < block.attachments.size(); attachment++) {
    const auto bonds = static_cast<int32_t>(block.attachments[attachment].hydrogens.size());
    auto orbit = static_cast<int32_t>(attachment);
    for (const auto& images : block.automorphisms) orbit = std::min(orbit, images[attachment]);
    tables.capacity.push_back(bonds);
    tables.orbit.push_back(orbit);
    uses += bonds;
  }
  tables.uses.push_back(uses);
  tables.firstAttachment.push_back(static_cast<int32_t>(tables.capacity.size()));
  tables.automorphisms.push_back(static_cast<int32_t>(block.automorphisms.size()));
  tables.firstImage.push_back(static_cast<int32_t>(tables.images.size()));
  for (const auto& images : block.automorphisms) {
    tables.images.insert(tables.images.end(), images.begin(), images.end());
  }
  for (const int32_t join : block.joins) {
    tables.joinBlock.push_back(index);
    tables.joinAttachment.push_back(join);
  }
  tables.firstJoin.push_back(static_cast<int32_t>(tables.joinBlock.size()));
}

int BlockTables::mostStems(int maximumBlocks) const {
  const int further = std::max(0, maximumBlocks - 2);
  int mostUses = 0;
  int gain = 0;
  for (int block = 0; block < blocks_; block++) mostUses = std::max(mostUses, uses(block));
  for (int join = 0; join < joins_; join++) {
    const int block = joinBlock(join);
    const int closed = capacity(block, joinAttachment(join)) == 1 ? 1 : 0;
    gain = std::max(gain, attachments(block) - closed);
  }
  // An attachment that takes several bonds stays open when it takes the first.
  const bool single = std::all_of(tables_->capacity.begin(), tables_->capacity.end(), [](int32_t c) { return c == 1; });
  return std::min(mostUses + further * std::max(0, mostUses - 2),
                  mostAttachments_ + further * std::max(0, gain - (single ? 1 : 0)));
}

}  // namespace gflownet
