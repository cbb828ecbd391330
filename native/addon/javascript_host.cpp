#include "addon/javascript_host.hpp"

#include <string>
#include <utility>

#include "addon/convert.hpp"
#include "error.hpp"

namespace gflownet {
namespace {

const char* kindName(HostRequest::Kind kind) {
  switch (kind) {
    case HostRequest::Kind::clear:
      return "clear";
    case HostRequest::Kind::apply:
      return "apply";
    case HostRequest::Kind::undo:
      return "undo";
    default:
      return "release";
  }
}

template <class Values>
void requireSize(const char* name, const Values& values, size_t size) {
  if (values.size() == size) return;
  throw Error("ERR_INTERNAL", std::string("the host's ") + name + " has " + std::to_string(values.size()) +
                                  " elements, expected " + std::to_string(size));
}

void requireBelow(const char* name, const std::vector<int32_t>& values, int32_t bound) {
  for (const int32_t value : values) {
    if (value >= 0 && value < bound) continue;
    throw Error("ERR_INTERNAL", std::string("the host's ") + name + " has " + std::to_string(value) +
                                    ", expected integers below " + std::to_string(bound));
  }
}

void requireObservations(const std::vector<int32_t>& observations, const std::vector<int32_t>& bounds) {
  for (size_t i = 0; i < observations.size(); i++) {
    const int32_t bound = bounds[i % bounds.size()];
    if (bound == 0 || (observations[i] >= 0 && observations[i] < bound)) continue;
    throw Error("ERR_INTERNAL", "the host's observation has " + std::to_string(observations[i]) +
                                    ", expected an index below " + std::to_string(bound));
  }
}

HostResponse toResponse(const Napi::Object& object, const HostedSizes& sizes, HostRequest::Kind kind, size_t asked) {
  const auto integers = [&](const char* name) { return toVector<int32_t, Napi::Int32Array>(object.Get(name)); };
  const auto flags = [&](const char* name) { return toVector<uint8_t, Napi::Uint8Array>(object.Get(name)); };
  HostResponse response{.state = integers("state"),
                        .action = integers("action"),
                        .terminal = flags("terminal"),
                        .allowed = flags("allowed"),
                        .backwardAllowed = flags("backwardAllowed"),
                        .observation = integers("observation"),
                        .logReward = toVector<double, Napi::Float64Array>(object.Get("logReward")),
                        .path = integers("path")};
  const size_t named = response.terminal.size();
  size_t terminal = 0;
  for (const uint8_t flag : response.terminal) terminal += flag != 0 ? 1 : 0;
  requireSize("state", response.state, asked);
  requireSize("action", response.action, asked);
  requireSize("allowed", response.allowed, named * static_cast<size_t>(sizes.actions));
  requireSize("backwardAllowed", response.backwardAllowed, named * static_cast<size_t>(sizes.backwardActions));
  requireSize("observation", response.observation, named * sizes.observationBounds.size());
  requireSize("logReward", response.logReward, named);
  requireSize("path", response.path, terminal * static_cast<size_t>(1 + sizes.maximumLength));
  // What leads back is of the other direction, whose number of actions may be smaller.
  requireBelow("action", response.action, kind == HostRequest::Kind::undo ? sizes.actions : sizes.backwardActions);
  requireObservations(response.observation, sizes.observationBounds);
  return response;
}

}  // namespace

HostResponse JavaScriptHost::ask(const HostRequest& request) {
  const auto arguments = [request](Napi::Env env) -> std::vector<napi_value> {
    return {Napi::String::New(env, kindName(request.kind)), toJsArray<Napi::Int32Array>(env, request.state),
            toJsArray<Napi::Int32Array>(env, request.action)};
  };
  const auto convert = [sizes = sizes_, kind = request.kind, asked = request.state.size()](const Napi::Object& object) {
    return toResponse(object, sizes, kind, asked);
  };
  HostResponse response = call_->wait(*call_->ask(arguments, convert));
  if (request.kind == HostRequest::Kind::clear) states_ = 0;
  states_ += static_cast<int32_t>(response.terminal.size());
  requireBelow("state", response.state, states_);
  return response;
}

}  // namespace gflownet
