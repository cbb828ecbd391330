#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace gflownet {

// What a random number is drawn for: the fourth counter word, so that uses never share a number.
enum class Purpose : uint32_t {
  training = 0,
  evaluation = 1,
  replay = 2,
  backward = 3,
  offPolicy = 7,
  localSearch = 8
};

constexpr int kPhiloxRounds = 10;
constexpr uint32_t kPhiloxStep0 = 0x9E3779B9U;  // of the key's words, from round to round
constexpr uint32_t kPhiloxStep1 = 0xBB67AE85U;

// One round of Philox 4x32 (Salmon et al. 2011) on the counter's words.
constexpr void philoxRound(uint32_t& word0, uint32_t& word1, uint32_t& word2, uint32_t& word3, uint32_t key0,
                           uint32_t key1) {
  const uint64_t product0 = uint64_t{0xD2511F53U} * word0;
  const uint64_t product1 = uint64_t{0xCD9E8D57U} * word2;
  word0 = static_cast<uint32_t>(product1 >> 32U) ^ word1 ^ key0;
  word1 = static_cast<uint32_t>(product1);
  word2 = static_cast<uint32_t>(product0 >> 32U) ^ word3 ^ key1;
  word3 = static_cast<uint32_t>(product0);
}

// Philox 4x32-10: four words from a counter of four words and a key of two.
constexpr std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < kPhiloxRounds; round++) {
    philoxRound(counter[0], counter[1], counter[2], counter[3], key[0], key[1]);
    key[0] += kPhiloxStep0;
    key[1] += kPhiloxStep1;
  }
  return counter;
}

// Uniform numbers that depend only on seed, trajectory number, step and purpose: never on batch order, threads,
// device or language.
struct RandomStream {
  uint64_t seed;
  Purpose purpose;

  // In [0, 1), 53 bits.
  constexpr double uniform(uint64_t trajectory, uint32_t step) const {
    const auto words = philox({static_cast<uint32_t>(trajectory), static_cast<uint32_t>(trajectory >> 32U), step,
                               static_cast<uint32_t>(purpose)},
                              {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32U)});
    return fraction(words[0], words[1]);
  }

  // The first 53 of two words' bits as a fraction.
  static constexpr double fraction(uint32_t high, uint32_t low) {
    return (static_cast<double>(high >> 5U) * 0x1p26 + static_cast<double>(low >> 6U)) * 0x1p-53;
  }
};

// uniform(first + trajectories[i], step) of `count` trajectories, several at a time.
void uniforms(const RandomStream& random, uint64_t first, const int* trajectories, size_t count, uint32_t step,
              double* out);

}  // namespace gflownet
