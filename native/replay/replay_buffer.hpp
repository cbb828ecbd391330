#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <span>
#include <unordered_map>
#include <vector>

#include "sampler/philox.hpp"

namespace gflownet {

// src/trainer/off-policy.ts
struct ReplayOptions {
  enum class Keep { newest, best };
  enum class Draw { uniform, reward };
  int capacity = 1;
  Keep keep = Keep::newest;  // what stays when there are more objects than that
  Draw draw = Draw::uniform;
  bool unique = false;  // an object that is there is not added again
  int warmUp = 1;       // objects before any is drawn
  double noise = 0;     // of the best: standard deviation of what is added to R when they are ranked
  double drop = 0;      // of the best: part of the capacity that makes room when it is full; 0: the worst alone

  bool operator==(const ReplayOptions&) const = default;
};

// Terminal states and their rewards.
class ReplayBuffer {
 public:
  ReplayBuffer(const ReplayOptions& options, size_t stateSize, uint64_t seed)
      : options_(options), stateSize_(stateSize), random_{seed, Purpose::replay} {}

  const ReplayOptions& options() const { return options_; }
  int size() const { return static_cast<int>(logReward_.size()); }
  std::span<const int32_t> state(int number) const {
    return std::span(states_).subspan(static_cast<size_t>(number) * stateSize_, stateSize_);
  }
  double logReward(int number) const { return logReward_[number]; }

  void add(std::span<const int32_t> state, double logReward);

  const std::vector<int32_t>& states() const { return states_; }
  const std::vector<double>& logRewards() const { return logReward_; }
  // [size + 1] how many objects had come before each, and how many have come, but for those that were there already.
  std::vector<double> ages() const;
  // The contents of another buffer with the same options.
  void restore(const std::vector<int32_t>& states, const std::vector<double>& logRewards,
               const std::vector<double>& ages);

  // `count` numbers of objects, drawn with replacement: uniformly, or in proportion to R at beta = 1. None before the
  // warm-up. Draw i uses the stream's number (firstDraw + i, 0).
  std::vector<int> draw(int count, const RandomStream& random, uint64_t firstDraw) const;

 private:
  struct StateHash {
    size_t operator()(const std::vector<int32_t>& state) const noexcept;
  };
  // The worst object, of equal ones the oldest, is replaced first.
  struct Rank {
    double value;
    uint64_t age;
    int number;
    bool operator>(const Rank& other) const { return value != other.value ? value > other.value : age > other.age; }
  };

  // Notes object `number`, which has just been written.
  void note(int number, uint64_t age);
  // By which the best are told: log R, or R and its noise, which is always the same for an object of an age.
  double rankOf(double logReward, uint64_t age) const;
  // Where an object goes; -1 when it is no better than all that are there.
  int place(double rank, uint64_t age);
  // Removes the worst `count` objects; the others keep their order.
  void dropWorst(int count);

  ReplayOptions options_;
  size_t stateSize_;
  RandomStream random_;            // step 0 is for drawing objects, 1 and 2 are for the noise of the object of an age
  std::vector<int32_t> states_;    // [size x stateSize]
  std::vector<double> logReward_;  // [size]
  std::vector<uint64_t> age_;      // [size]
  uint64_t added_ = 0;
  std::unordered_map<std::vector<int32_t>, int, StateHash> numbers_;         // where objects are unique
  std::priority_queue<Rank, std::vector<Rank>, std::greater<>> worstFirst_;  // where the best are kept
};

}  // namespace gflownet
