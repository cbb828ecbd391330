#pragma once

#include <bit>
#include <cstdint>

#include "env/environment.hpp"

namespace gflownet {

// Bits that hold every integer in [0, count).
constexpr int bitsFor(int count) noexcept {
  return count <= 1 ? 0 : static_cast<int>(std::bit_width(static_cast<uint32_t>(count - 1)));
}

// 64-bit words that hold this many bits; at least one.
constexpr int wordsFor(int bits) noexcept {
  return (bits + 63) / 64 + (bits == 0 ? 1 : 0);
}

// Writes a key from its first bit on: fields of at most 31 bits, low bits first.
class KeyWriter {
 public:
  HD KeyWriter(uint64_t* key, int words) noexcept : key_(key) {
    for (int w = 0; w < words; w++) key[w] = 0;
  }

  HD void write(int32_t value, int bits) noexcept {
    const auto field = static_cast<uint64_t>(value);
    const int shift = position_ & 63;
    key_[position_ >> 6] |= field << shift;
    const int room = 64 - shift;
    if (bits > room) key_[(position_ >> 6) + 1] |= field >> (room & 63);
    position_ += bits;
  }

 private:
  uint64_t* key_;
  int position_ = 0;
};

}  // namespace gflownet
