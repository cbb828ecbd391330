#pragma once

#include <napi.h>

#include <exception>
#include <optional>
#include <vector>

#include "env/conditioned.hpp"
#include "env/hosted_environment.hpp"
#include "env/parameters.hpp"
#include "error.hpp"
#include "model/flow_model.hpp"
#include "reward/reward_model.hpp"
#include "reward/reward_transform.hpp"
#include "trainer/trainer.hpp"

namespace gflownet {

// JavaScript values to plain structs and back. The TypeScript side has checked them; what guards memory is checked
// again here.

Parameters toParameters(const Napi::Object& object);
HostedSizes toHostedSizes(const Napi::Object& object);
// The member `temperature` of an environment; none if it is null.
std::optional<TemperatureCondition> toTemperatureCondition(const Napi::Object& environment);
DifferentiatedModel toModel(const Napi::Object& object);
RewardGraph toRewardGraph(const Napi::Object& object);
RewardTransform toRewardTransform(const Napi::Object& object);
TrainingOptions toTrainingOptions(const Napi::Object& object);
TrainingState toTrainingState(const Napi::Object& object);

Napi::Object toJs(Napi::Env env, const StepReport& report);
Napi::Object toJs(Napi::Env env, const Visited& visited);
Napi::Object toJs(Napi::Env env, const TrainingState& state);
Napi::Object toJs(Napi::Env env, const Profile& profile);
Napi::Object toJs(Napi::Env env, const Trajectories& trajectories);
Napi::Object toJs(Napi::Env env, const ObjectiveEvaluation& evaluation);

// An Error with `code`; for a RewardError also `state`.
Napi::Value toJsError(Napi::Env env, const Error& error);
Napi::Value toJsError(Napi::Env env, const std::exception_ptr& failure);

template <class Array, class Values>
Array toJsArray(Napi::Env env, const Values& values) {
  Array array = Array::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

template <class T, class Array>
std::vector<T> toVector(const Napi::Value& value) {
  const auto array = value.As<Array>();
  return std::vector<T>(array.Data(), array.Data() + array.ElementLength());
}

// Runs a function of the addon; a C++ exception becomes a JavaScript one with its code.
template <class Function>
auto guarded(Napi::Env env, const Function& function) {
  try {
    return function();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw Napi::Error(env, toJsError(env, std::current_exception()));
  }
}

}  // namespace gflownet
