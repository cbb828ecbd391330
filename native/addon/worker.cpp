#include "addon/worker.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "addon/convert.hpp"
#include "error.hpp"

namespace gflownet {
namespace {

// The workers of the process whose threads have not been waited for.
struct Registry {
  std::mutex mutex;
  std::vector<Worker*> workers;
};

// Never destroyed: the threads of other environments may go on while the process ends.
Registry& registry() {
  static auto* const workers = new Registry;
  return *workers;
}

}  // namespace

Worker::Worker(Napi::Env env, std::function<void()> settled, std::function<void()> interrupt,
               std::function<void()> release)
    : env_(env),
      settled_(std::move(settled)),
      interrupt_(std::move(interrupt)),
      release_(std::move(release)),
      channel_(Channel::New(env, "gflownet", 0, 1)) {
  channel_.Unref(env);  // only promises that wait keep the process alive
  // Hooks run in reverse order of their making: the thread has ended before the channel is torn down.
  napi_add_env_cleanup_hook(env_, onCleanup, this);
  thread_ = std::thread([this] { loop(); });
  const std::lock_guard lock(registry().mutex);
  registry().workers.push_back(this);
}

Worker::~Worker() {
  shutDown();
}

void Worker::onCleanup(void* worker) {
  static_cast<Worker*>(worker)->shutDown();
}

void Worker::shutDownAll(Napi::Env env) {
  std::vector<Worker*> workers;
  {
    // Workers of this environment are made and destroyed on this thread only, so they outlive the lock.
    const std::lock_guard lock(registry().mutex);
    std::copy_if(registry().workers.begin(), registry().workers.end(), std::back_inserter(workers),
                 [&](const Worker* worker) { return worker->env_ == static_cast<napi_env>(env); });
  }
  for (Worker* worker : workers) {
    worker->interrupt();
    worker->close();
  }
  for (Worker* worker : workers) worker->shutDown();
}

void Worker::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
}

void Worker::interrupt() {
  const std::lock_guard lock(mutex_);
  if (!released_) interrupt_();
}

void Worker::shutDown() {
  if (shutDown_) return;
  shutDown_ = true;
  napi_remove_env_cleanup_hook(env_, onCleanup, this);
  interrupt();
  close();
  thread_.join();
  channel_.Release();
  const std::lock_guard lock(registry().mutex);
  std::erase(registry().workers, this);
}

Napi::Promise Worker::run(Napi::Env env, Work work, Turn turn) {
  auto deferred = Napi::Promise::Deferred::New(env);
  {
    const std::lock_guard lock(mutex_);
    if (closing_) {
      deferred.Reject(toJsError(env, DisposedError()));
      settled_();
      return deferred.Promise();
    }
    if (pending_++ == 0) channel_.Ref(env);
    queue_.push_back({std::move(work), deferred, turn});
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
  released_ = true;
  std::deque<Task> abandoned = std::exchange(queue_, {});
  lock.unlock();
  for (Task& task : abandoned) {
    task.work = []() -> ResultMaker { throw DisposedError(); };
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

void Worker::waitFor(const std::function<bool()>& ready) {
  const auto next = [this] {
    return std::find_if(queue_.begin(), queue_.end(), [](const Task& task) { return task.turn == Turn::whileWaiting; });
  };
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return closing_ || ready() || next() != queue_.end(); });
    if (closing_) throw DisposedError();
    if (ready()) return;
    const auto found = next();
    Task task = std::move(*found);
    queue_.erase(found);
    lock.unlock();
    runTask(std::move(task));
    lock.lock();
  }
}

void Worker::notify() {
  {
    const std::lock_guard lock(mutex_);
  }  // whoever waits has looked, or will look after this
  wake_.notify_one();
}

void Worker::callJs(Napi::Env env, Napi::Function /*callback*/, std::nullptr_t* /*context*/, Message* message) {
  const std::unique_ptr<Message> owned(message);
  if (env != nullptr) (*owned)(env);
}

}  // namespace gflownet
