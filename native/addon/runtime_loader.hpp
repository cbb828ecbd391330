#pragma once

#include <napi.h>

namespace gflownet {

// loadRuntime(library: string): Promise<void>. Loads ONNX Runtime on a thread of Node's pool: it is large.
Napi::Value loadRuntime(const Napi::CallbackInfo& info);

}  // namespace gflownet
