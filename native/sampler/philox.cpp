#include "sampler/philox.hpp"

#include <algorithm>

#include "device/vector_variants.hpp"

namespace gflownet {
namespace {

// Counters of as many numbers as the widest vector has room for, word by word.
constexpr size_t kLanes = 16;

}  // namespace

GFLOWNET_VECTOR_VARIANTS
void uniforms(const RandomStream& random, uint64_t first, const int* trajectories, size_t count, uint32_t step,
              double* out) {
  for (size_t begin = 0; begin < count; begin += kLanes) {
    const size_t lanes = std::min(kLanes, count - begin);
    uint32_t word0[kLanes] = {};
    uint32_t word1[kLanes] = {};
    uint32_t word2[kLanes];
    uint32_t word3[kLanes];
    for (size_t lane = 0; lane < lanes; lane++) {
      const uint64_t number = first + static_cast<uint64_t>(trajectories[begin + lane]);
      word0[lane] = static_cast<uint32_t>(number);
      word1[lane] = static_cast<uint32_t>(number >> 32U);
    }
    for (size_t lane = 0; lane < kLanes; lane++) {
      word2[lane] = step;
      word3[lane] = static_cast<uint32_t>(random.purpose);
    }
    auto key0 = static_cast<uint32_t>(random.seed);
    auto key1 = static_cast<uint32_t>(random.seed >> 32U);
    for (int round = 0; round < kPhiloxRounds; round++) {
      for (size_t lane = 0; lane < kLanes; lane++) {
        philoxRound(word0[lane], word1[lane], word2[lane], word3[lane], key0, key1);
      }
      key0 += kPhiloxStep0;
      key1 += kPhiloxStep1;
    }
    for (size_t lane = 0; lane < lanes; lane++) {
      out[begin + lane] = RandomStream::fraction(word0[lane], word1[lane]);
    }
  }
}

}  // namespace gflownet
