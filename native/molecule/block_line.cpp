#include "molecule/block_line.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <string_view>

#include "error.hpp"
#include "molecule/block_tables.hpp"

namespace gflownet {
namespace {

// Reads the integers of a line one after the other.
class LineReader {
 public:
  LineReader(const std::string& name, const std::string& line) : name_(name), line_(line) {}

  std::string word() {
    if (at_ > line_.size()) fail();
    const size_t end = std::min(line_.find(' ', at_), line_.size());
    std::string text(line_.substr(at_, end - at_));
    at_ = end + 1;
    return text;
  }

  int32_t number() {
    const std::string text = word();
    int32_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) fail();
    return value;
  }

  // An integer in [0, bound).
  int32_t below(size_t bound) {
    const int32_t value = number();
    if (value < 0 || static_cast<size_t>(value) >= bound) fail();
    return value;
  }

  // A list with its number of items before it.
  template <class Read>
  auto list(size_t most, const Read& read) {
    std::vector<decltype(read())> items(static_cast<size_t>(below(most + 1)));
    for (auto& item : items) item = read();
    return items;
  }

  bool atEnd() const { return at_ >= line_.size(); }

  [[noreturn]] void fail() const {
    throw Error("ERR_ARGUMENT", name_ + ": expected lines of a vocabulary that loadVocabulary has made, got " +
                                    std::string(line_.substr(0, 60)));
  }

 private:
  const std::string& name_;
  std::string_view line_;
  size_t at_ = 0;
};

bool isPermutation(const std::vector<int32_t>& images) {
  std::vector<int32_t> sorted = images;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < sorted.size(); i++) {
    if (sorted[i] != static_cast<int32_t>(i)) return false;
  }
  return true;
}

}  // namespace

Block parseBlockLine(const std::string& name, const std::string& line) {
  constexpr size_t mostAtoms = 128;
  constexpr size_t mostUses = 32;
  constexpr size_t mostAutomorphisms = 1024;
  LineReader reader(name, line);
  Block block;
  block.smiles = reader.word();
  block.atoms = reader.list(
      mostAtoms, [&] { return BlockAtom{reader.below(119), reader.number(), reader.below(2), reader.below(16)}; });
  const size_t atoms = block.atoms.size();
  block.bonds = reader.list(4 * mostAtoms, [&] {
    return BlockBond{reader.below(atoms), reader.below(atoms), reader.below(kAromaticBond + 1)};
  });
  block.attachments = reader.list(kMostAttachments, [&] {
    const int32_t atom = reader.below(atoms);
    return BlockAttachment{atom, reader.list(mostUses, [&] { return reader.below(16); })};
  });
  const size_t attachments = block.attachments.size();
  block.joins = reader.list(attachments, [&] { return reader.below(attachments); });
  block.automorphisms = reader.list(mostAutomorphisms, [&] {
    std::vector<int32_t> images(attachments);
    for (int32_t& image : images) image = reader.below(attachments);
    return images;
  });
  const bool used = std::none_of(block.attachments.begin(), block.attachments.end(),
                                 [](const BlockAttachment& each) { return each.hydrogens.empty(); });
  const bool permuted = std::all_of(block.automorphisms.begin(), block.automorphisms.end(), isPermutation);
  const bool whole = reader.atEnd() && !block.joins.empty() && !block.automorphisms.empty();
  if (!whole || !used || !permuted) reader.fail();
  return block;
}

}  // namespace gflownet
