#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

namespace gflownet {

// log R by object; the least recently used are forgotten first: src/reward/score-cache.ts.
class ScoreCache {
 public:
  explicit ScoreCache(size_t capacity) : capacity_(capacity) {}

  // Null for an object that is not remembered. Lives until the next call.
  const double* find(const std::string& object) {
    const auto found = places_.find(object);
    if (found == places_.end()) return nullptr;
    scores_.splice(scores_.end(), scores_, found->second);
    return &found->second->second;
  }

  // Remembers an object that is not remembered yet.
  void add(const std::string& object, double logReward) {
    scores_.emplace_back(object, logReward);
    places_[object] = std::prev(scores_.end());
    if (scores_.size() <= capacity_) return;
    places_.erase(scores_.front().first);
    scores_.pop_front();
  }

 private:
  using Scores = std::list<std::pair<std::string, double>>;
  size_t capacity_;
  Scores scores_;  // the least recently used first
  std::unordered_map<std::string, Scores::iterator> places_;
};

}  // namespace gflownet
