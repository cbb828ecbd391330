#pragma once

#include <napi.h>

#include <atomic>
#include <exception>
#include <memory>

#include "addon/worker.hpp"
#include "env/environment_host.hpp"
#include "env/hosted_environment.hpp"

namespace gflownet {

// An environment that JavaScript runs: src/trainer/environment-session.ts answers. Made and destroyed on the JavaScript
// thread, asked on the worker's.
class JavaScriptHost final : public EnvironmentHost, public std::enable_shared_from_this<JavaScriptHost> {
 public:
  // answer(kind, state, action, respond); respond(response), or respond(null) when it failed: ERR_HOST.
  JavaScriptHost(const HostedSizes& sizes, const Napi::Function& answer) : sizes_(sizes), answer_(Napi::Persistent(answer)) {}

  // JavaScript thread: the worker that asks, before its first question; null before it is destroyed.
  void askThrough(Worker* worker) { worker_ = worker; }

  HostResponse ask(const HostRequest& request) override;

 private:
  // On its way: written on the JavaScript thread until `answered`, then read on the worker's.
  struct Question {
    std::atomic<bool> answered{false};
    HostResponse response;
    std::exception_ptr failure;
  };
  void settle(const Napi::CallbackInfo& info, Question& question, size_t asked);
  HostResponse toResponse(const Napi::Object& object, size_t asked);

  HostedSizes sizes_;
  Napi::FunctionReference answer_;
  Worker* worker_ = nullptr;
  int32_t states_ = 0;  // named so far
};

}  // namespace gflownet
