#include "device/thread_pool.hpp"

#include <utility>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif
#if defined(__linux__)
#include <sched.h>
#endif

namespace gflownet {
namespace {

// A tenth of a millisecond or two.
constexpr int kSpins = 4000;

void pause() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("isb");
#else
  std::this_thread::yield();
#endif
}

// The processor that this thread runs on, -1 where that is not known.
int currentProcessor() {
#if defined(__linux__)
  return sched_getcpu();
#else
  return -1;
#endif
}

// Moves this thread to another processor that it may use: the scheduler leaves two threads that were woken together on
// one processor for milliseconds.
void leaveProcessor([[maybe_unused]] int processor) {
#if defined(__linux__)
  cpu_set_t allowed;
  if (processor < 0 || sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) < 2) return;
  cpu_set_t others = allowed;
  CPU_CLR(processor, &others);
  if (sched_setaffinity(0, sizeof others, &others) == 0) sched_setaffinity(0, sizeof allowed, &allowed);
#endif
}

}  // namespace

ThreadPool::ThreadPool(int threads)
    // Threads that have no processor of their own would spin on somebody else's.
    : spins_(static_cast<unsigned>(threads) <= std::thread::hardware_concurrency() ? kSpins : 0) {
  workers_.reserve(static_cast<size_t>(threads) - 1);
  for (int worker = 1; worker < threads; worker++) workers_.emplace_back([this, worker] { work(worker); });
}

ThreadPool::~ThreadPool() {
  closing_ = true;
  generation_++;
  generation_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::share(int count, Loop loop) {
  loop_ = loop;
  count_ = count;
  next_ = 0;
  open_ = true;
  callerProcessor_ = currentProcessor();
  generation_++;
  generation_.notify_all();
  takeIndices(0);
  open_ = false;
  for (uint32_t inside = inside_; inside != 0; inside = inside_) {
    spinWhileEqual(inside_, inside);
    inside_.wait(inside);
  }
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void ThreadPool::work(int worker) {
  uint32_t seen = 0;
  while (true) {
    spinWhileEqual(generation_, seen);
    generation_.wait(seen);
    seen = generation_;
    if (closing_) return;
    if (currentProcessor() == callerProcessor_) leaveProcessor(callerProcessor_);
    inside_++;
    if (open_) takeIndices(worker);
    if (--inside_ == 0) inside_.notify_one();
  }
}

void ThreadPool::takeIndices(int worker) {
  try {
    for (int index = next_++; index < count_; index = next_++) {
      checkInterrupted();
      loop_.call(loop_.body, index, worker);
    }
  } catch (...) {
    const std::lock_guard lock(failureMutex_);
    if (!failure_) failure_ = std::current_exception();
    next_ = count_;
  }
}

void ThreadPool::spinWhileEqual(const std::atomic<uint32_t>& value, uint32_t old) const {
  for (int spin = 0; spin < spins_ && value == old; spin++) pause();
}

}  // namespace gflownet
