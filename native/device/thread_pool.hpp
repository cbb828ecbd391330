#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "error.hpp"

namespace gflownet {

// A fixed number of threads that share the indices of a loop. The caller is worker 0, so a pool of one has no thread.
// The others wait for the next loop actively for a while, since one follows the other within microseconds in a
// training step, and then sleep. A loop never waits for a worker that has not begun to take part.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls body(index, worker) for every index in [0, count), in no order; returns when all are done. The first
  // exception is rethrown here, after all workers have stopped. One thread calls this at a time.
  template <class Body>
  void forEach(int count, const Body& body) {
    if (count == 1 || workers_.empty()) {
      for (int index = 0; index < count; index++) {
        checkInterrupted();
        body(index, 0);
      }
    } else if (count > 1) {
      share(count,
            {&body, [](const void* loop, int index, int worker) { (*static_cast<const Body*>(loop))(index, worker); }});
    }
  }

  // Calls body(first, last, worker) for [0, count) cut into ranges of `size`.
  template <class Body>
  void forEachRange(int count, int size, const Body& body) {
    forEach((count + size - 1) / size, [&](int index, int worker) {
      const int first = index * size;
      body(first, count - first < size ? count : first + size, worker);
    });
  }

  // Any thread: the loop under way and all later ones throw ERR_DISPOSED before their next index.
  void interrupt() { interrupted_ = true; }

 private:
  // A loop's body without its type.
  struct Loop {
    const void* body = nullptr;
    void (*call)(const void* body, int index, int worker) = nullptr;
  };

  void share(int count, Loop loop);
  void work(int worker);
  void takeIndices(int worker);
  void checkInterrupted() const {
    if (interrupted_) throw DisposedError();
  }
  void spinWhileEqual(const std::atomic<uint32_t>& value, uint32_t old) const;

  std::vector<std::thread> workers_;
  int spins_;
  Loop loop_;
  int count_ = 0;
  std::atomic<int> next_{0};
  // A worker enters first and looks whether the loop is open then; the caller closes it first and looks whether
  // somebody is inside then. So either the worker stays out or the caller waits.
  std::atomic<bool> open_{false};
  std::atomic<uint32_t> inside_{0};
  std::atomic<uint32_t> generation_{0};
  std::atomic<bool> closing_{false};
  std::atomic<bool> interrupted_{false};
  std::atomic<int> callerProcessor_{-1};
  std::mutex failureMutex_;
  std::exception_ptr failure_;
};

}  // namespace gflownet
