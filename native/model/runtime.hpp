#pragma once

#include <memory>
#include <string>

#include "model/ort_functions.hpp"

namespace gflownet {

// ONNX Runtime, loaded once a process from the library that onnxruntime-node ships (or another one by path).
class Runtime {
 public:
  // Loads the library on the first call; later calls return the same runtime, whatever their path.
  // Throws ERR_RUNTIME when it is missing, is no ONNX Runtime, or is too old.
  static const Runtime& load(const std::string& libraryPath);

#define GFLOWNET_ORT_MEMBER(position, name, result, parameters) result(*name) parameters = nullptr;
  GFLOWNET_ORT_FUNCTIONS(GFLOWNET_ORT_MEMBER)
#undef GFLOWNET_ORT_MEMBER

  // Throws ERR_RUNTIME with the status' message, and releases it; nothing for a null status.
  void check(OrtStatus* status) const;

  const OrtEnv* environment() const { return environment_; }
  const OrtMemoryInfo* cpuMemory() const { return cpuMemory_; }
  const std::string& version() const { return version_; }

 private:
  Runtime() = default;
  explicit Runtime(const std::string& libraryPath);

  // Both live as long as the process: the environment is shared with onnxruntime-node.
  OrtEnv* environment_ = nullptr;
  OrtMemoryInfo* cpuMemory_ = nullptr;
  std::string version_;
};

// Calls the runtime's release function of T.
template <class T>
struct Release {
  const Runtime* runtime;
  void operator()(T* object) const;
};
template <class T>
using Handle = std::unique_ptr<T, Release<T>>;

template <>
inline void Release<OrtSession>::operator()(OrtSession* object) const {
  runtime->ReleaseSession(object);
}
template <>
inline void Release<OrtSessionOptions>::operator()(OrtSessionOptions* object) const {
  runtime->ReleaseSessionOptions(object);
}
template <>
inline void Release<OrtIoBinding>::operator()(OrtIoBinding* object) const {
  runtime->ReleaseIoBinding(object);
}
template <>
inline void Release<OrtValue>::operator()(OrtValue* object) const {
  runtime->ReleaseValue(object);
}

}  // namespace gflownet
