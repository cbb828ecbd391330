#include <napi.h>

#include "addon/convert.hpp"
#include "addon/engine_object.hpp"
#include "addon/environment_trace.hpp"
#include "addon/molecule_assembly.hpp"
#include "addon/runtime_loader.hpp"
#include "sampler/philox.hpp"

namespace gflownet {
namespace {

// philox(counter: Uint32Array(4), key: Uint32Array(2)): Uint32Array(4)
Napi::Value philoxWords(const Napi::CallbackInfo& info) {
  const auto counter = info[0].As<Napi::Uint32Array>();
  const auto key = info[1].As<Napi::Uint32Array>();
  const auto words = philox({counter[0], counter[1], counter[2], counter[3]}, {key[0], key[1]});
  return toJsArray<Napi::Uint32Array>(info.Env(), std::vector<uint32_t>(words.begin(), words.end()));
}

// runtimeVersion(library: string): string
Napi::Value runtimeVersion(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Runtime& runtime = Runtime::load(info[0].As<Napi::String>().Utf8Value());
    return Napi::String::New(info.Env(), runtime.version());
  });
}

// shutDown(): before the process ends, since ONNX Runtime is destroyed then whatever still calls it
void shutDown(const Napi::CallbackInfo& info) {
  Worker::shutDownAll(info.Env());
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeEngine", EngineObject::define(env));
  exports.Set("philox", Napi::Function::New(env, philoxWords));
  exports.Set("runtimeVersion", Napi::Function::New(env, runtimeVersion));
  exports.Set("loadRuntime", Napi::Function::New(env, loadRuntime));
  exports.Set("traceEnvironment", Napi::Function::New(env, traceEnvironment));
  exports.Set("assembleMolecules", Napi::Function::New(env, assembleMolecules));
  exports.Set("shutDown", Napi::Function::New(env, shutDown));
  return exports;
}

}  // namespace
}  // namespace gflownet

static Napi::Object initialiseModule(Napi::Env env, Napi::Object exports) {
  return gflownet::initialise(env, exports);
}
NODE_API_MODULE(gflownet, initialiseModule)
