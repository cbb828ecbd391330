#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "sampler/state_table.hpp"

namespace gflownet {

// States that recent batches have visited and the next one may visit again. Evaluated together before a batch begins,
// they save the batch calls of a few rows each, which take longer to make than to compute. What is evaluated ahead and
// never visited is only lost time: outputs of a row are the same in any call, so results do not depend on the choice.
//
// A state's age is the number of batches since it was visited. The states up to some age are evaluated ahead: the age
// which would have saved the recent batches most, counted in rows; none where nothing would have been saved.
class RecurringStates {
 public:
  RecurringStates(int keyWords, size_t stateSize)
      : keyWords_(static_cast<size_t>(keyWords)), stateSize_(stateSize), table_(keyWords) {}

  // Begins a batch. At most so many states are looked after; with more distinct states in a batch, none is.
  void beginBatch(size_t maximumStates) {
    maximumStates_ = maximumStates;
    calls_.fill(0);
    rows_.fill(0);
    visited_.assign(age_.size(), 0);
    likely_.clear();
    for (size_t i = 0; i < age_.size(); i++) {
      likelyNumber_[i] = age_[i] <= horizon_ ? static_cast<int>(likely_.size()) : -1;
      if (likelyNumber_[i] >= 0) likely_.push_back(static_cast<int>(i));
    }
  }

  bool empty() const { return age_.empty(); }
  // Those to evaluate ahead.
  int likelyStates() const { return static_cast<int>(likely_.size()); }
  const int32_t* likelyState(int number) const { return states_.data() + likely_[number] * stateSize_; }

  // Begins a call for states that the batch has not met before.
  void beginCall() {
    oldest_ = 0;
    callRows_ = 0;
  }
  // A state of the call: its number among those evaluated ahead, or -1.
  int meet(const uint64_t* key) {
    callRows_++;
    const int found = table_.find(key);
    oldest_ = std::max(oldest_, found < 0 ? kNever : age_[found]);
    if (found < 0) return -1;
    visited_[found] = 1;
    return likelyNumber_[found];
  }
  void endCall() {
    if (oldest_ == kNever) return;
    calls_[oldest_]++;
    rows_[oldest_] += callRows_;
  }

  // Ends a batch with these distinct states. keys: [count x keyWords], states: [count x stateSize].
  void endBatch(int count, const uint64_t* keys, const int32_t* states) {
    chooseHorizon();
    Tracked kept;
    if (static_cast<size_t>(count) <= maximumStates_) {
      kept.append(keys, states, static_cast<size_t>(count), 1, *this);
      keepUnvisited(kept);
    }
    keys_.swap(kept.keys);
    states_.swap(kept.states);
    age_.swap(kept.age);
    likelyNumber_.assign(age_.size(), -1);
    table_.clear();
    for (size_t i = 0; i < age_.size(); i++) table_.insert(keys_.data() + i * keyWords_);
  }

 private:
  static constexpr int kLargestAge = 16;
  static constexpr int kNever = kLargestAge + 1;
  // What making a call takes, in rows of a call of many: 25 us against 1.3 us for 256 x 256 hidden units.
  static constexpr double kRowsPerCall = 16;
  // What remains of a batch's weight in the choice after each further batch.
  static constexpr double kDecay = 0.9;

  struct Tracked {
    std::vector<uint64_t> keys;
    std::vector<int32_t> states;
    std::vector<int> age;

    void append(const uint64_t* key, const int32_t* state, size_t count, int howOld, const RecurringStates& all) {
      keys.insert(keys.end(), key, key + count * all.keyWords_);
      states.insert(states.end(), state, state + count * all.stateSize_);
      age.insert(age.end(), count, howOld);
    }
  };

  // Older states that the batch did not visit, the youngest first, as far as there is room.
  void keepUnvisited(Tracked& kept) const {
    for (int age = 1; age < kLargestAge; age++) {
      for (size_t i = 0; i < age_.size(); i++) {
        if (age_[i] != age || visited_[i] != 0) continue;
        if (kept.age.size() == maximumStates_) return;
        kept.append(keys_.data() + i * keyWords_, states_.data() + i * stateSize_, 1, age + 1, *this);
      }
    }
  }

  void chooseHorizon() {
    std::array<int, kNever> tracked{};
    for (const int age : age_) tracked[age]++;
    double saved = 0;
    double most = 0;
    horizon_ = 0;
    for (int age = 1; age <= kLargestAge; age++) {
      saved += kRowsPerCall * calls_[age] + rows_[age] - tracked[age];
      saved_[age] = kDecay * saved_[age] + saved;
      if (saved_[age] <= most) continue;
      most = saved_[age];
      horizon_ = age;
    }
  }

  size_t keyWords_;
  size_t stateSize_;
  size_t maximumStates_ = 0;
  StateTable table_;               // key -> place in the following
  std::vector<uint64_t> keys_;     // [n x keyWords]
  std::vector<int32_t> states_;    // [n x stateSize]
  std::vector<int> age_;           // [n]
  std::vector<uint8_t> visited_;   // [n] by the batch under way
  std::vector<int> likelyNumber_;  // [n] among those evaluated ahead, or -1
  std::vector<int> likely_;        // places of those evaluated ahead
  int horizon_ = 0;                // age up to which states are evaluated ahead
  int oldest_ = 0;                 // age of the oldest state of the call under way
  int callRows_ = 0;
  std::array<int, kNever> calls_{};     // calls of the batch by the age of their oldest state
  std::array<int, kNever> rows_{};      // rows of these calls
  std::array<double, kNever> saved_{};  // rows that an age would have saved, recent batches weighing more
};

}  // namespace gflownet
