#pragma once

#include <napi.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace gflownet {

// Makes the JavaScript value of a result, on the JavaScript thread.
using ResultMaker = std::function<Napi::Value(Napi::Env)>;
// Work for the worker's thread; what it throws rejects the promise.
using Work = std::function<ResultMaker()>;

// One native thread with a queue of work, started and observed from JavaScript. Only the methods marked so may be
// called on the worker's own thread.
class Worker {
 public:
  // `settled` runs on the JavaScript thread after each promise; `interrupt` on any thread, before `release`: it makes
  // the work under way throw soon; `release` on the worker's thread after its last work: it frees what the work used.
  Worker(Napi::Env env, std::function<void()> settled, std::function<void()> interrupt, std::function<void()> release);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // When queued work may run: between other work, or also while that waits for JavaScript.
  enum class Turn { between, whileWaiting };

  // Queues work; the promise settles with its result.
  Napi::Promise run(Napi::Env env, Work work, Turn turn = Turn::between);
  // Lets the work under way end, rejects what is queued (ERR_DISPOSED) and ends the thread, without waiting for it.
  void close();
  bool closed() const { return closing_; }

  // JavaScript thread: interrupts and ends the threads of all workers of `env`, and waits for them.
  static void shutDownAll(Napi::Env env);

  // Worker's thread: runs what is queued now, from within long work. What comes meanwhile waits for the next call:
  // callers that always ask again must not hold the long work up.
  void serve();
  // Worker's thread: calls `message` on the JavaScript thread, in order.
  void post(std::function<void(Napi::Env)> message);
  // Worker's thread: waits until `ready` holds, looked at after each `notify`, and runs meanwhile what may run while
  // other work waits. Throws ERR_DISPOSED when the worker is closed meanwhile.
  void waitFor(const std::function<bool()>& ready);
  // Any thread.
  void notify();

 private:
  struct Task {
    Work work;
    Napi::Promise::Deferred deferred;
    Turn turn;
  };
  using Message = std::function<void(Napi::Env)>;
  static void callJs(Napi::Env env, Napi::Function callback, std::nullptr_t* context, Message* message);
  using Channel = Napi::TypedThreadSafeFunction<std::nullptr_t, Message, callJs>;

  void loop();
  void runTask(Task task);
  void settle(Napi::Env env, const Task& task, const std::function<void(Napi::Env)>& outcome);
  void interrupt();
  void shutDown();
  static void onCleanup(void* worker);

  napi_env env_;
  std::function<void()> settled_;
  std::function<void()> interrupt_;
  std::function<void()> release_;
  Channel channel_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> queue_;
  std::atomic<bool> closing_{false};
  bool released_ = false;
  bool shutDown_ = false;
  int pending_ = 0;  // promises not settled yet; JavaScript thread only
  std::thread thread_;
};

}  // namespace gflownet
