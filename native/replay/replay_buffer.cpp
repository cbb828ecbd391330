#include "replay/replay_buffer.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

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
  const uint64_t age = added_++;
  const int number = place(rankOf(logReward, age), age);
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
  note(number, age);
}

void ReplayBuffer::note(int number, uint64_t age) {
  age_[number] = age;
  const auto object = state(number);
  if (options_.unique) numbers_[{object.begin(), object.end()}] = number;
  if (options_.keep == ReplayOptions::Keep::best) worstFirst_.push({rankOf(logReward_[number], age), age, number});
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

// Normal numbers by Box and Muller (1958).
double ReplayBuffer::rankOf(double logReward, uint64_t age) const {
  if (options_.noise == 0) return logReward;
  const double radius = std::sqrt(-2 * std::log(1 - random_.uniform(age, 1)));
  return std::exp(logReward) + options_.noise * radius * std::cos(2 * std::numbers::pi * random_.uniform(age, 2));
}

int ReplayBuffer::place(double rank, uint64_t age) {
  if (size() < options_.capacity) return size();
  if (options_.keep == ReplayOptions::Keep::newest) return static_cast<int>(age % options_.capacity);
  const Rank worst = worstFirst_.top();
  if (rank <= worst.value) return -1;
  if (options_.drop == 0) {
    worstFirst_.pop();
    return worst.number;
  }
  dropWorst(std::max(1, static_cast<int>(options_.drop * options_.capacity)));
  return size();
}

void ReplayBuffer::dropWorst(int count) {
  std::vector<bool> dropped(logReward_.size());
  for (; count > 0; count--) {
    dropped[worstFirst_.top().number] = true;
    worstFirst_.pop();
  }
  std::vector<int32_t> states;
  std::vector<double> logRewards;
  std::vector<double> ages;
  for (int number = 0; number < size(); number++) {
    if (dropped[number]) continue;
    const auto object = state(number);
    states.insert(states.end(), object.begin(), object.end());
    logRewards.push_back(logReward_[number]);
    ages.push_back(static_cast<double>(age_[number]));
  }
  ages.push_back(static_cast<double>(added_));
  restore(states, logRewards, ages);
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
