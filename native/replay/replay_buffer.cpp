#include "replay/replay_buffer.hpp"

#include <algorithm>
#include <cmath>

namespace gflownet {

size_t ReplayBuffer::StateHash::operator()(const std::vector<int32_t>& state) const noexcept {
  uint64_t hash = 0x9E3779B97F4A7C15U;
  for (const int32_t value : state) {
    hash = (hash ^ static_cast<uint32_t>(value)) * 0xD6E8FEB86659FD93U;
    hash ^= hash >> 32U;
  }
  return hash;
}

void ReplayBuffer::add(std::span<const int32_t> state, double logReward) {
  if (options_.unique && numbers_.contains({state.begin(), state.end()})) return;
  const int number = place(logReward);
  if (number < 0) return;
  const size_t at = static_cast<size_t>(number) * stateSize_;
  if (number == size()) {
    states_.insert(states_.end(), state.begin(), state.end());
    logReward_.push_back(logReward);
    age_.push_back(0);
  } else {
    const std::span<int32_t> object = std::span(states_).subspan(at, stateSize_);
    if (options_.unique) numbers_.erase({object.begin(), object.end()});
    std::copy(state.begin(), state.end(), object.begin());
    logReward_[number] = logReward;
  }
  note(number, added_++);
}

void ReplayBuffer::note(int number, uint64_t age) {
  age_[number] = age;
  const auto object = state(number);
  if (options_.unique) numbers_[{object.begin(), object.end()}] = number;
  if (options_.keep == ReplayOptions::Keep::best) worstFirst_.push({logReward_[number], age, number});
}

std::vector<double> ReplayBuffer::ages() const {
  std::vector<double> ages(age_.begin(), age_.end());
  ages.push_back(static_cast<double>(added_));
  return ages;
}

void ReplayBuffer::restore(const std::vector<int32_t>& states, const std::vector<double>& logRewards,
                           const std::vector<double>& ages) {
  states_ = states;
  logReward_ = logRewards;
  age_.assign(logRewards.size(), 0);
  numbers_.clear();
  worstFirst_ = {};
  for (int number = 0; number < size(); number++) note(number, static_cast<uint64_t>(ages[number]));
  added_ = static_cast<uint64_t>(ages.back());
}

int ReplayBuffer::place(double logReward) {
  if (size() < options_.capacity) return size();
  if (options_.keep == ReplayOptions::Keep::newest) return static_cast<int>(added_ % options_.capacity);
  const Rank worst = worstFirst_.top();
  if (logReward <= worst.logReward) return -1;
  worstFirst_.pop();
  return worst.number;
}

std::vector<int> ReplayBuffer::draw(int count, const RandomStream& random, uint64_t firstDraw) const {
  std::vector<int> drawn;
  if (size() < options_.warmUp) return drawn;
  std::vector<double> cumulative;
  if (options_.draw == ReplayOptions::Draw::reward) {
    const double largest = *std::max_element(logReward_.begin(), logReward_.end());
    double sum = 0;
    for (const double logReward : logReward_) cumulative.push_back(sum += std::exp(logReward - largest));
  }
  for (int i = 0; i < count; i++) {
    const double uniform = random.uniform(firstDraw + static_cast<uint64_t>(i), 0);
    if (cumulative.empty()) {
      drawn.push_back(std::min(static_cast<int>(uniform * size()), size() - 1));
    } else {
      const auto found = std::upper_bound(cumulative.begin(), cumulative.end(), uniform * cumulative.back());
      drawn.push_back(std::min(static_cast<int>(found - cumulative.begin()), size() - 1));
    }
  }
  return drawn;
}

}  // namespace gflownet
