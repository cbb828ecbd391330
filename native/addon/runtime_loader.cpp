#include "addon/runtime_loader.hpp"

#include <exception>
#include <string>
#include <utility>

#include "addon/convert.hpp"
#include "model/runtime.hpp"

namespace gflownet {
namespace {

// Deletes itself when it is done.
class RuntimeLoader final : public Napi::AsyncWorker {
 public:
  RuntimeLoader(Napi::Env env, std::string library)
      : Napi::AsyncWorker(env), library_(std::move(library)), deferred_(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    try {
      Runtime::load(library_);
    } catch (...) {
      failure_ = std::current_exception();
    }
  }

  void OnOK() override {
    if (failure_ == nullptr) {
      deferred_.Resolve(Env().Undefined());
    } else {
      deferred_.Reject(toJsError(Env(), failure_));
    }
  }

 private:
  std::string library_;
  Napi::Promise::Deferred deferred_;
  std::exception_ptr failure_;
};

}  // namespace

Napi::Value loadRuntime(const Napi::CallbackInfo& info) {
  auto* loader = new RuntimeLoader(info.Env(), info[0].As<Napi::String>().Utf8Value());
  const Napi::Promise promise = loader->promise();
  loader->Queue();
  return promise;
}

}  // namespace gflownet
