#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace gflownet {

// Rows by state key. Keys are compared in full: two states never share a row. Cleared in constant time.
class StateTable {
 public:
  explicit StateTable(int keyWords) : words_(static_cast<size_t>(keyWords)) { resize(1024); }

  void clear() {
    count_ = 0;
    keys_.clear();
    if (++generation_ == 0) {
      std::fill(slots_.begin(), slots_.end(), Slot{});
      generation_ = 1;
    }
  }

  int size() const { return count_; }

  // Bytes that a number takes: the key, and its share of the slots, of which a quarter is in use at least.
  size_t bytesPerKey() const { return words_ * sizeof(uint64_t) + 4 * sizeof(Slot); }

  // Keys in the order of their numbers: [size() x keyWords].
  const uint64_t* keys() const { return keys_.data(); }

  // The number of the key, or -1.
  int find(const uint64_t* key) const {
    const size_t slot = probe(key);
    return slots_[slot].generation == generation_ ? slots_[slot].number : -1;
  }

  // The number of the key; a new key gets the next number.
  struct Entry {
    int number;
    bool isNew;
  };
  Entry insert(const uint64_t* key) {
    const size_t slot = probe(key);
    if (slots_[slot].generation == generation_) return {slots_[slot].number, false};
    slots_[slot] = {generation_, count_};
    keys_.insert(keys_.end(), key, key + words_);
    const int number = count_++;
    if (static_cast<size_t>(count_) * 2 > slots_.size()) resize(slots_.size() * 2);
    return {number, true};
  }

 private:
  struct Slot {
    uint32_t generation = 0;
    int number = 0;
  };

  static uint64_t mix(uint64_t hash) {
    hash ^= hash >> 32U;
    hash *= 0xD6E8FEB86659FD93U;
    return hash ^ (hash >> 32U);
  }

  // The slot that holds the key, or the empty one where it belongs.
  size_t probe(const uint64_t* key) const {
    uint64_t hash = 0x9E3779B97F4A7C15U;
    for (size_t word = 0; word < words_; word++) hash = mix(hash ^ key[word]) * 0x9E3779B97F4A7C15U;
    const size_t mask = slots_.size() - 1;
    size_t slot = mix(hash) & mask;
    while (slots_[slot].generation == generation_ && !sameKey(key, keys_.data() + slots_[slot].number * words_)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  // Most keys are one word, and a call to compare it takes longer than comparing it.
  bool sameKey(const uint64_t* a, const uint64_t* b) const {
    return *a == *b && (words_ == 1 || std::equal(a + 1, a + words_, b + 1));
  }

  void resize(size_t slots) {
    slots_.assign(slots, Slot{});
    for (int number = 0; number < count_; number++) {
      slots_[probe(keys_.data() + number * words_)] = {generation_, number};
    }
  }

  size_t words_;
  int count_ = 0;
  uint32_t generation_ = 1;
  std::vector<Slot> slots_;  // a power of two, at most half full
  std::vector<uint64_t> keys_;
};

}  // namespace gflownet
