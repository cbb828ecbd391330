#include "addon/environment_trace.hpp"

#include <limits>
#include <string>
#include <vector>

#include "addon/convert.hpp"
#include "env/registry.hpp"

namespace gflownet {
namespace {

struct Trace {
  std::vector<int32_t> states;
  std::vector<uint64_t> keys;
  std::vector<uint8_t> allowed;
  std::vector<uint8_t> backwardAllowed;
  std::vector<int32_t> observations;
  std::vector<int32_t> backwardActions;
  std::vector<int32_t> undone;
  std::vector<int32_t> undoneState;
  double logReward = std::numeric_limits<double>::quiet_NaN();
};

template <Environment E>
void record(const E& environment, const std::vector<int32_t>& state, Trace& trace) {
  trace.states.insert(trace.states.end(), state.begin(), state.end());
  trace.keys.resize(trace.keys.size() + environment.keyWords());
  environment.key(state.data(), trace.keys.data() + trace.keys.size() - environment.keyWords());
  trace.allowed.resize(trace.allowed.size() + environment.actions());
  allowedMask(environment, state.data(), trace.allowed.data() + trace.allowed.size() - environment.actions());
  trace.backwardAllowed.resize(trace.backwardAllowed.size() + environment.backwardActions());
  backwardMask(environment, state.data(),
               trace.backwardAllowed.data() + trace.backwardAllowed.size() - environment.backwardActions());
  trace.observations.resize(trace.observations.size() + environment.observationWidth());
  environment.observe(state.data(),
                      trace.observations.data() + trace.observations.size() - environment.observationWidth());
}

template <Environment E>
Trace walk(const E& environment, const std::vector<int32_t>& actions) {
  Trace trace;
  std::vector<int32_t> state(static_cast<size_t>(environment.stateSize()));
  environment.initial(state.data());
  record(environment, state, trace);
  for (const int32_t action : actions) {
    if (action < 0 || action >= environment.actions() || !environment.allowed(state.data(), action)) {
      throw Error("ERR_ARGUMENT", "actions: expected allowed actions, got " + std::to_string(action));
    }
    trace.backwardActions.push_back(environment.apply(state.data(), action));
    record(environment, state, trace);
  }
  if (environment.isTerminal(state.data())) trace.logReward = environment.logReward(state.data());
  for (auto backward = trace.backwardActions.rbegin(); backward != trace.backwardActions.rend(); ++backward) {
    trace.undone.push_back(environment.undo(state.data(), *backward));
  }
  trace.undoneState = state;
  return trace;
}

}  // namespace

Napi::Value traceEnvironment(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto actions = toVector<int32_t, Napi::Int32Array>(info[2]);
    const Trace trace =
        visitEnvironment(info[0].As<Napi::String>().Utf8Value(), toParameters(info[1].As<Napi::Object>()), {},
                         [&](const auto& environment) { return walk(environment, actions); });
    std::vector<uint32_t> keys;
    for (const uint64_t word : trace.keys) {
      keys.push_back(static_cast<uint32_t>(word));
      keys.push_back(static_cast<uint32_t>(word >> 32U));
    }
    Napi::Object object = Napi::Object::New(env);
    object.Set("states", toJsArray<Napi::Int32Array>(env, trace.states));
    object.Set("keys", toJsArray<Napi::Uint32Array>(env, keys));
    object.Set("allowed", toJsArray<Napi::Uint8Array>(env, trace.allowed));
    object.Set("backwardAllowed", toJsArray<Napi::Uint8Array>(env, trace.backwardAllowed));
    object.Set("observations", toJsArray<Napi::Int32Array>(env, trace.observations));
    object.Set("backwardActions", toJsArray<Napi::Int32Array>(env, trace.backwardActions));
    object.Set("undone", toJsArray<Napi::Int32Array>(env, trace.undone));
    object.Set("undoneState", toJsArray<Napi::Int32Array>(env, trace.undoneState));
    object.Set("logReward", trace.logReward);
    return object;
  });
}

}  // namespace gflownet
