#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace gflownet {

// A fixed number of threads that share the indices of a loop. The caller is worker 0, so a pool of one has no thread.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls body(index, worker) for every index in [0, count), in no order; returns when all are done. The first
  // exception is rethrown here, after all workers have stopped.
  void forEach(int count, const std::function<void(int index, int worker)>& body);

 private:
  void work(int worker);
  void takeIndices(int worker);

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable start_;
  std::condition_variable done_;
  const std::function<void(int, int)>* body_ = nullptr;
  int count_ = 0;
  std::atomic<int> next_{0};
  int busy_ = 0;
  uint64_t generation_ = 0;
  bool closing_ = false;
  std::exception_ptr failure_;
};

}  // namespace gflownet
