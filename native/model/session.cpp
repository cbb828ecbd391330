#include "model/session.hpp"

namespace gflownet {

Session::Session(const Runtime& runtime, const std::vector<uint8_t>& model)
    : runtime_(&runtime), session_(nullptr, {&runtime}) {
  OrtSessionOptions* created = nullptr;
  runtime.check(runtime.CreateSessionOptions(&created));
  const Handle<OrtSessionOptions> options(created, {&runtime});
  // One thread: rows are shared out over threads by the caller. Two spinning pools side by side cost more than they
  // bring, and results would depend on the number of threads.
  runtime.check(runtime.SetIntraOpNumThreads(options.get(), 1));
  runtime.check(runtime.SetInterOpNumThreads(options.get(), 1));
  runtime.check(runtime.SetSessionLogSeverityLevel(options.get(), ORT_LOGGING_LEVEL_ERROR));
  runtime.check(runtime.SetSessionGraphOptimizationLevel(options.get(), ORT_ENABLE_ALL));
  OrtSession* session = nullptr;
  runtime.check(
      runtime.CreateSessionFromArray(runtime.environment(), model.data(), model.size(), options.get(), &session));
  session_.reset(session);
}

Binding::Binding(const Session& session) : session_(&session), binding_(nullptr, {&session.runtime()}) {
  OrtIoBinding* binding = nullptr;
  session.runtime().check(session.runtime().CreateIoBinding(session.get(), &binding));
  binding_.reset(binding);
}

Handle<OrtValue> Binding::wrap(void* data, size_t bytes, const std::vector<int64_t>& shape,
                               ONNXTensorElementDataType type) const {
  const Runtime& runtime = session_->runtime();
  OrtValue* value = nullptr;
  runtime.check(runtime.CreateTensorWithDataAsOrtValue(runtime.cpuMemory(), data, bytes, shape.data(), shape.size(),
                                                       type, &value));
  return {value, {&runtime}};
}

void Binding::input(const std::string& name, void* data, size_t bytes, const std::vector<int64_t>& shape,
                    ONNXTensorElementDataType type) {
  const Handle<OrtValue> value = wrap(data, bytes, shape, type);
  session_->runtime().check(session_->runtime().BindInput(binding_.get(), name.c_str(), value.get()));
}

void Binding::output(const std::string& name, void* data, size_t bytes, const std::vector<int64_t>& shape,
                     ONNXTensorElementDataType type) {
  const Handle<OrtValue> value = wrap(data, bytes, shape, type);
  session_->runtime().check(session_->runtime().BindOutput(binding_.get(), name.c_str(), value.get()));
}

void Binding::run() {
  session_->runtime().check(session_->runtime().RunWithBinding(session_->get(), nullptr, binding_.get()));
}

}  // namespace gflownet
