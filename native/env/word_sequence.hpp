#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "env/bit_packing.hpp"
#include "env/environment.hpp"
#include "env/parameters.hpp"

namespace gflownet {

// What the bit-sequence environments share: see src/env/word-sequence.ts. State: the words, 2^wordBits for an empty
// position, then the number of positions filled.
struct WordSequence {
  int length;
  int wordBits;
  int words;  // number of different words, and the entry of an empty position
  int positions;
  int modeCount;
  const int32_t* modes;  // [modeCount x positions] words, owned by modeStorage

  explicit WordSequence(const Parameters& parameters)
      : length(parameters.integer("length", 1, 1 << 20)),
        wordBits(parameters.integer("wordBits", 1, 16)),
        words(1 << wordBits),
        positions(length / wordBits),
        modeCount(static_cast<int>(parameters.texts("modes").size())),
        modeStorage(readModes(parameters.texts("modes"))) {
    if (length % wordBits != 0 || positions > (1 << 20) / words) {
      throw Error("ERR_ARGUMENT",
                  "length: expected a multiple of wordBits with at most 2^20 actions, got " + std::to_string(length));
    }
    modes = modeStorage->data();
  }

  HD int stateSize() const noexcept { return positions + 1; }
  HD int keyWords() const noexcept { return wordsFor(positions * (wordBits + 1)); }
  HD int observationWidth() const noexcept { return positions; }
  HD int observationSize() const noexcept { return positions * (words + 1); }
  HD int maximumLength() const noexcept { return positions; }

  HD void initial(int32_t* s) const noexcept {
    for (int i = 0; i < positions; i++) s[i] = words;
    s[positions] = 0;
  }

  HD bool isTerminal(const int32_t* s) const noexcept { return s[positions] == positions; }

  HD void key(const int32_t* s, uint64_t* key) const noexcept {
    KeyWriter writer(key, keyWords());
    for (int i = 0; i < positions; i++) writer.write(s[i], wordBits + 1);
  }

  HD void observe(const int32_t* s, int32_t* indices) const noexcept {
    for (int i = 0; i < positions; i++) indices[i] = i * (words + 1) + s[i];
  }

  HD double logReward(const int32_t* s) const noexcept {
    int least = length;
    for (int m = 0; m < modeCount; m++) {
      const int32_t* mode_m = modes + static_cast<size_t>(m) * static_cast<size_t>(positions);
      int distance = 0;
      for (int i = 0; i < positions; i++) distance += std::popcount(static_cast<uint32_t>(s[i] ^ mode_m[i]));
      if (distance < least) least = distance;
    }
    return least == 0 ? 0 : -static_cast<double>(least) / length;
  }

 private:
  std::shared_ptr<const std::vector<int32_t>> modeStorage;  // shared: copies of the environment read the same modes

  std::shared_ptr<const std::vector<int32_t>> readModes(const std::vector<std::string>& texts) const {
    auto read = std::make_shared<std::vector<int32_t>>();
    for (const std::string& mode : texts) {
      if (mode.size() != static_cast<size_t>(length)) {
        throw Error("ERR_ARGUMENT", "modes: expected strings of " + std::to_string(length) + " bits, got " + mode);
      }
      for (int i = 0; i < positions; i++) {
        int32_t word = 0;
        for (int bit = 0; bit < wordBits; bit++) {
          word = 2 * word + (mode[i * wordBits + bit] == '1' ? 1 : 0);
        }
        read->push_back(word);
      }
    }
    return read;
  }
};

}  // namespace gflownet
