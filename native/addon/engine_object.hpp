#pragma once

#include <napi.h>

#include <atomic>
#include <memory>
#include <mutex>

#include "addon/javascript_conditions.hpp"
#include "addon/javascript_host.hpp"
#include "addon/javascript_reward.hpp"
#include "addon/worker.hpp"
#include "device/thread_pool.hpp"
#include "trainer/trainer.hpp"

namespace gflownet {

// The class NativeEngine of the addon: the calls of src/trainer/engine.ts, carried to a native thread of their own.
class EngineObject : public Napi::ObjectWrap<EngineObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit EngineObject(const Napi::CallbackInfo& info);
  ~EngineObject() override;
  EngineObject(const EngineObject&) = delete;
  EngineObject& operator=(const EngineObject&) = delete;

 private:
  Napi::Value train(const Napi::CallbackInfo& info);
  Napi::Value stop(const Napi::CallbackInfo& info);
  Napi::Value sampleForward(const Napi::CallbackInfo& info);
  Napi::Value sampleBackward(const Napi::CallbackInfo& info);
  Napi::Value exactDistribution(const Napi::CallbackInfo& info);
  Napi::Value initialFlow(const Napi::CallbackInfo& info);
  Napi::Value score(const Napi::CallbackInfo& info);
  Napi::Value evaluateObjective(const Napi::CallbackInfo& info);
  Napi::Value parameters(const Napi::CallbackInfo& info);
  Napi::Value state(const Napi::CallbackInfo& info);
  Napi::Value restore(const Napi::CallbackInfo& info);
  Napi::Value progress(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);

  Napi::Value run(const Napi::CallbackInfo& info, Work work, Worker::Turn turn = Worker::Turn::between);
  void askThrough(Worker* worker);

  // What the worker's thread works on; freed there.
  struct Core {
    std::unique_ptr<ThreadPool> pool;
    std::unique_ptr<Trainer> trainer;
  };
  // The state after the last finished step, for readers on the JavaScript thread.
  struct Snapshot {
    int64_t steps = 0;
    int64_t visits = 0;
    double logZ = 0;
    Profile profile;
  };
  void publish();

  std::shared_ptr<Core> core_;
  Snapshot snapshot_;
  std::mutex snapshotMutex_;
  std::atomic<bool> stop_{false};
  std::shared_ptr<JavaScriptHost::Call> host_;      // null for a registered environment
  std::shared_ptr<JavaScriptReward::Call> reward_;  // null for an environment's own reward
  std::shared_ptr<JavaScriptConditions::Call> conditions_;
  std::unique_ptr<Worker> worker_;
};

}  // namespace gflownet
