#include "model/runtime.hpp"

#include <cstdio>
#include <mutex>

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

#include "error.hpp"

namespace gflownet {
namespace {

// OrtApiBase: the two functions that every version of the library offers.
struct ApiBase {
  const void* (*GetApi)(uint32_t version);
  const char* (*GetVersionString)();
};

using GetApiBase = const ApiBase* (*)();

GetApiBase findApiBase(const std::string& path) {
#ifdef _WIN32
  HMODULE library = LoadLibraryA(path.c_str());
  if (library == nullptr) {
    throw Error("ERR_RUNTIME",
                "ONNX Runtime cannot be loaded from " + path + ": Windows error " + std::to_string(GetLastError()));
  }
  auto function = reinterpret_cast<GetApiBase>(GetProcAddress(library, "OrtGetApiBase"));
#else
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw Error("ERR_RUNTIME", std::string("ONNX Runtime cannot be loaded: ") + dlerror());
  auto function = reinterpret_cast<GetApiBase>(dlsym(library, "OrtGetApiBase"));
#endif
  if (function == nullptr) {
    throw Error("ERR_RUNTIME", path + " is not ONNX Runtime: it has no function OrtGetApiBase");
  }
  return function;
}

bool isNewEnough(const std::string& version) {
  int major = 0;
  int minor = 0;
  if (std::sscanf(version.c_str(), "%d.%d", &major, &minor) != 2) return false;
  return major > ort::kOldestMajor || (major == ort::kOldestMajor && minor >= ort::kOldestMinor);
}

}  // namespace

const Runtime& Runtime::load(const std::string& libraryPath) {
  static std::mutex mutex;
  // Never destroyed: sessions are freed through it, also while the process ends.
  static const Runtime* runtime = nullptr;
  const std::lock_guard lock(mutex);
  if (runtime == nullptr) runtime = new Runtime(libraryPath);
  return *runtime;
}

Runtime::Runtime(const std::string& libraryPath) {
  const ApiBase* base = findApiBase(libraryPath)();
  version_ = base->GetVersionString();
  const auto* table = static_cast<const void* const*>(base->GetApi(ort::kApiVersion));
  if (table == nullptr || !isNewEnough(version_)) {
    throw Error("ERR_RUNTIME", "ONNX Runtime " + version_ + " (" + libraryPath + ") is too old: expected " +
                                   std::to_string(ort::kOldestMajor) + "." + std::to_string(ort::kOldestMinor) +
                                   " or newer");
  }
#define GFLOWNET_ORT_LOAD(position, name, result, parameters) \
  name = reinterpret_cast<result(*) parameters>(const_cast<void*>(table[position]));
  GFLOWNET_ORT_FUNCTIONS(GFLOWNET_ORT_LOAD)
#undef GFLOWNET_ORT_LOAD
  check(CreateEnv(ORT_LOGGING_LEVEL_ERROR, "gflownet", &environment_));
  check(CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &cpuMemory_));
}

void Runtime::check(OrtStatus* status) const {
  if (status == nullptr) return;
  const std::string message = GetErrorMessage(status);
  ReleaseStatus(status);
  throw Error("ERR_RUNTIME", "ONNX Runtime: " + message);
}

}  // namespace gflownet
