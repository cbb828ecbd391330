#pragma once

#include <napi.h>

namespace gflownet {

// traceEnvironment(name, parameters, actions): a walk from the initial state with the given actions, and back: every
// state, key, mask, observation and returned action. The parity tests compare it with the TypeScript twin.
Napi::Value traceEnvironment(const Napi::CallbackInfo& info);

}  // namespace gflownet
