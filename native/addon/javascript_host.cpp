#include "addon/javascript_host.hpp"

#include <algorithm>
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

}  // namespace

HostResponse JavaScriptHost::ask(const HostRequest& request) {
  auto question = std::make_shared<Question>();
  worker_->post([host = shared_from_this(), question, request](Napi::Env env) {
    if (request.kind == HostRequest::Kind::clear) host->states_ = 0;
    // An answer may come after the engine has gone: it keeps the host.
    const auto respond = [host, question, asked = request.state.size()](const Napi::CallbackInfo& info) {
      host->settle(info, *question, asked);
    };
    try {
      host->answer_.Call({Napi::String::New(env, kindName(request.kind)),
                          toJsArray<Napi::Int32Array>(env, request.state),
                          toJsArray<Napi::Int32Array>(env, request.action), Napi::Function::New(env, respond)});
    } catch (const Napi::Error&) {
      // JavaScript is being shut down: the worker is closed next.
    }
  });
  worker_->waitFor([&] { return question->answered.load(); });
  if (question->failure) std::rethrow_exception(question->failure);
  return std::move(question->response);
}

void JavaScriptHost::settle(const Napi::CallbackInfo& info, Question& question, size_t asked) {
  if (question.answered || worker_ == nullptr) return;
  try {
    if (!info[0].IsObject()) throw Error("ERR_HOST", "JavaScript knows what failed");
    question.response = toResponse(info[0].As<Napi::Object>(), asked);
  } catch (...) {
    question.failure = std::current_exception();
  }
  question.answered = true;
  worker_->notify();
}

HostResponse JavaScriptHost::toResponse(const Napi::Object& object, size_t asked) {
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
  requireSize("allowed", response.allowed, named * static_cast<size_t>(sizes_.actions));
  requireSize("backwardAllowed", response.backwardAllowed, named * static_cast<size_t>(sizes_.backwardActions));
  requireSize("observation", response.observation, named * static_cast<size_t>(sizes_.observationWidth));
  requireSize("logReward", response.logReward, named);
  requireSize("path", response.path, terminal * static_cast<size_t>(1 + sizes_.maximumLength));
  states_ += static_cast<int32_t>(named);
  requireBelow("state", response.state, states_);
  requireBelow("action", response.action, std::max(sizes_.actions, sizes_.backwardActions));
  requireBelow("observation", response.observation, sizes_.observationSize);
  return response;
}

}  // namespace gflownet
