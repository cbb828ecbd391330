#include "addon/worker.hpp"

#include <memory>
#include <utility>

#include "addon/convert.hpp"
#include "error.hpp"

namespace gflownet {

Worker::Worker(Napi::Env env, std::function<void()> settled, std::function<void()> release)
    : env_(env),
      settled_(std::move(settled)),
      release_(std::move(release)),
      channel_(Channel::New(env, "gflownet", 0, 1)) {
  channel_.Unref(env);  // only promises that wait keep the process alive
  // Hooks run in reverse order of their making: the thread has ended before the channel is torn down.
  napi_add_env_cleanup_hook(env_, onCleanup, this);
  thread_ = std::thread([this] { loop(); });
}

Worker::~Worker() {
  if (shutDown_) return;
  napi_remove_env_cleanup_hook(env_, onCleanup, this);
  shutDown();
}

void Worker::onCleanup(void* worker) {
  static_cast<Worker*>(worker)->shutDown();
}

void Worker::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
}

void Worker::shutDown() {
  shutDown_ = true;
  close();
  thread_.join();
  channel_.Release();
}

Napi::Promise Worker::run(Napi::Env env, Work work) {
  auto deferred = Napi::Promise::Deferred::New(env);
  {
    const std::lock_guard lock(mutex_);
    if (closing_) {
      deferred.Reject(toJsError(env, Error("ERR_DISPOSED", "the engine has been disposed")));
      settled_();
      return deferred.Promise();
    }
    if (pending_++ == 0) channel_.Ref(env);
    queue_.push_back({std::move(work), deferred});
  }
  wake_.notify_one();
  return deferred.Promise();
}

void Worker::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    if (closing_) break;
    lock.unlock();
    serve();
    lock.lock();
  }
  std::deque<Task> abandoned = std::exchange(queue_, {});
  lock.unlock();
  for (Task& task : abandoned) {
    task.work = []() -> ResultMaker { throw Error("ERR_DISPOSED", "the engine has been disposed"); };
    runTask(std::move(task));
  }
  release_();
}

void Worker::serve() {
  size_t waiting = 0;
  {
    const std::lock_guard lock(mutex_);
    waiting = queue_.size();
  }
  for (; waiting > 0; waiting--) {
    std::unique_lock lock(mutex_);
    if (queue_.empty() || closing_) return;
    Task task = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    runTask(std::move(task));
  }
}

// The work may hold references that must die on the JavaScript thread: task and result are moved into the message.
void Worker::runTask(Task task) {
  try {
    ResultMaker result = task.work();
    post([this, task = std::move(task), result = std::move(result)](Napi::Env env) {
      settle(env, task, [&](Napi::Env e) { task.deferred.Resolve(result(e)); });
    });
  } catch (...) {
    post([this, task = std::move(task), failure = std::current_exception()](Napi::Env env) {
      settle(env, task, [&](Napi::Env e) { task.deferred.Reject(toJsError(e, failure)); });
    });
  }
}

void Worker::settle(Napi::Env env, const Task& task, const std::function<void(Napi::Env)>& outcome) {
  if (--pending_ == 0) channel_.Unref(env);
  try {
    outcome(env);
  } catch (const Napi::Error& error) {
    task.deferred.Reject(error.Value());
  }
  settled_();
}

void Worker::post(std::function<void(Napi::Env)> message) {
  auto* owned = new Message(std::move(message));
  if (channel_.NonBlockingCall(owned) != napi_ok) delete owned;
}

void Worker::callJs(Napi::Env env, Napi::Function /*callback*/, std::nullptr_t* /*context*/, Message* message) {
  const std::unique_ptr<Message> owned(message);
  if (env != nullptr) (*owned)(env);
}

}  // namespace gflownet
