#include "addon/convert.hpp"

#include <limits>
#include <map>
#include <string>

namespace gflownet {
namespace {

double number(const Napi::Object& object, const char* name) {
  return object.Get(name).As<Napi::Number>().DoubleValue();
}

std::string text(const Napi::Object& object, const char* name) {
  return object.Get(name).As<Napi::String>().Utf8Value();
}

std::vector<uint8_t> bytes(const Napi::Object& object, const char* name) {
  return toVector<uint8_t, Napi::Uint8Array>(object.Get(name));
}

template <class T, class Convert>
std::vector<T> list(const Napi::Object& object, const char* name, const Convert& convert) {
  const auto array = object.Get(name).As<Napi::Array>();
  std::vector<T> values;
  values.reserve(array.Length());
  for (uint32_t i = 0; i < array.Length(); i++) values.push_back(convert(array.Get(i)));
  return values;
}

std::vector<int64_t> shape(const Napi::Object& object) {
  return list<int64_t>(object, "shape", [](const Napi::Value& value) { return value.As<Napi::Number>().Int64Value(); });
}

ONNXTensorElementDataType elementType(const std::string& type) {
  if (type == "float32") return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
  if (type == "int64") return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64;
  if (type == "bool") return ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL;
  if (type == "float64") return ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE;
  throw Error("ERR_OPERATOR", "expected rows of type float32, float64, int64 or bool, got " + type);
}

RowTensor toRowTensor(const Napi::Value& value) {
  const auto object = value.As<Napi::Object>();
  return {text(object, "name"), elementType(text(object, "type")), shape(object)};
}

ObservationTensor toObservationTensor(const Napi::Value& value) {
  const auto input = value.As<Napi::Object>();
  return {toRowTensor(value), static_cast<int>(number(input, "width")),
          input.Get("values").As<Napi::Boolean>().Value()};
}

std::vector<RowTensor> rowTensors(const Napi::Object& object, const char* name) {
  return list<RowTensor>(object, name, toRowTensor);
}

Schedule toSchedule(const Napi::Value& value) {
  if (value.IsNumber()) return {Schedule::Kind::constant, value.As<Napi::Number>().DoubleValue()};
  static const std::map<std::string, Schedule::Kind> kinds{{"linear", Schedule::Kind::linear},
                                                           {"cosine", Schedule::Kind::cosine},
                                                           {"exponential", Schedule::Kind::exponential}};
  const auto object = value.As<Napi::Object>();
  return {kinds.at(text(object, "kind")), number(object, "start"), number(object, "end"), number(object, "steps")};
}

RegressionLoss toRegressionLoss(const Napi::Object& objective) {
  using Kind = RegressionLoss::Kind;
  static const std::map<std::string, Kind> kinds{
      {"squared", Kind::squared},  {"half-squared", Kind::halfSquared}, {"absolute", Kind::absolute},
      {"log-cosh", Kind::logCosh}, {"shifted-cosh", Kind::shiftedCosh}, {"huber", Kind::huber},
      {"linex", Kind::linex}};
  const auto object = objective.Get("regressionLoss").As<Napi::Object>();
  RegressionLoss loss{kinds.at(text(object, "kind"))};
  if (loss.kind == Kind::huber) loss.parameter = number(object, "delta");
  if (loss.kind == Kind::linex) loss.parameter = number(object, "alpha");
  return loss;
}

SubTrajectoryBalance::Weighting toWeighting(const std::string& name) {
  using Weighting = SubTrajectoryBalance::Weighting;
  static const std::map<std::string, Weighting> weightings{
      {"geometric-within", Weighting::geometricWithin},
      {"geometric", Weighting::geometric},
      {"equal-within", Weighting::equalWithin},
      {"equal", Weighting::equal},
      {"trajectory-balance", Weighting::trajectoryBalance},
      {"detailed-balance", Weighting::detailedBalance},
      {"modified-detailed-balance", Weighting::modifiedDetailedBalance}};
  return weightings.at(name);
}

ReplayOptions toReplayOptions(const Napi::Object& object) {
  return {.capacity = static_cast<int>(number(object, "capacity")),
          .keep = text(object, "keep") == "best" ? ReplayOptions::Keep::best : ReplayOptions::Keep::newest,
          .draw = text(object, "draw") == "reward" ? ReplayOptions::Draw::reward : ReplayOptions::Draw::uniform,
          .unique = object.Get("unique").As<Napi::Boolean>().Value(),
          .warmUp = static_cast<int>(number(object, "warmUp")),
          .noise = number(object, "noise"),
          .drop = number(object, "drop")};
}

LocalSearchOptions toLocalSearchOptions(const Napi::Object& object) {
  using Acceptance = LocalSearchOptions::Acceptance;
  static const std::map<std::string, Acceptance> acceptances{
      {"metropolis", Acceptance::metropolis}, {"barker", Acceptance::barker}, {"greedy", Acceptance::greedy}};
  return {.trajectories = static_cast<int>(number(object, "trajectories")),
          .rounds = static_cast<int>(number(object, "rounds")),
          .backRatio = number(object, "backRatio"),
          .acceptance = acceptances.at(text(object, "acceptance"))};
}

OffPolicyOptions toOffPolicyOptions(const Napi::Object& object) {
  OffPolicyOptions options;
  options.rewardDelay = static_cast<int>(number(object, "rewardDelay"));
  if (object.Get("replay").IsObject()) {
    const auto replay = object.Get("replay").As<Napi::Object>();
    options.replayed = static_cast<int>(number(replay, "trajectories"));
    options.replay = toReplayOptions(replay);
  }
  if (object.Get("dataset").IsObject()) {
    const auto dataset = object.Get("dataset").As<Napi::Object>();
    options.fromDataset = static_cast<int>(number(dataset, "trajectories"));
    options.dataset =
        std::make_shared<Dataset>(Dataset{toVector<int32_t, Napi::Int32Array>(dataset.Get("terminalState")),
                                          toVector<double, Napi::Float64Array>(dataset.Get("logReward"))});
  }
  if (object.Get("localSearch").IsObject()) {
    options.localSearch = toLocalSearchOptions(object.Get("localSearch").As<Napi::Object>());
  }
  return options;
}

Objective toObjective(const Napi::Object& object) {
  const std::string name = text(object, "name");
  const RegressionLoss loss = toRegressionLoss(object);
  if (name == "flow-matching") {
    const bool balanced = text(object, "weighting") == "balanced";
    return FlowMatching{number(object, "flowEpsilon"), number(object, "leafCoefficient"),
                        balanced ? FlowMatching::Weighting::balanced : FlowMatching::Weighting::mean, loss};
  }
  if (name == "detailed-balance") return DetailedBalance{number(object, "leafCoefficient"), loss};
  if (name == "trajectory-balance") return TrajectoryBalance{loss};
  if (name == "vargrad") return VarGrad{loss};
  if (name == "sub-trajectory-balance") {
    SubTrajectoryBalance objective;
    objective.weighting = toWeighting(text(object, "weighting"));
    objective.lambda = number(object, "lambda");
    objective.regressionLoss = loss;
    return objective;
  }
  throw Error("ERR_ARGUMENT", "objective: got the unknown name " + name);
}

}  // namespace

Parameters toParameters(const Napi::Object& object) {
  Parameters parameters;
  const Napi::Array names = object.GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); i++) {
    const std::string name = names.Get(i).As<Napi::String>().Utf8Value();
    const Napi::Value value = object.Get(name);
    if (value.IsNumber()) {
      parameters.values[name] = value.As<Napi::Number>().DoubleValue();
    } else if (value.IsBoolean()) {
      parameters.values[name] = value.As<Napi::Boolean>().Value();
    } else if (value.IsString()) {
      parameters.values[name] = value.As<Napi::String>().Utf8Value();
    } else if (value.IsArray()) {
      const auto array = value.As<Napi::Array>();
      if (array.Length() > 0 && array.Get(0U).IsString()) {
        parameters.values[name] = list<std::string>(
            object, name.c_str(), [](const Napi::Value& item) { return item.As<Napi::String>().Utf8Value(); });
      } else {
        parameters.values[name] = list<double>(
            object, name.c_str(), [](const Napi::Value& item) { return item.As<Napi::Number>().DoubleValue(); });
      }
    }
  }
  return parameters;
}

HostedSizes toHostedSizes(const Napi::Object& object) {
  const auto size = [&](const char* name) { return object.Get(name).As<Napi::Number>().Int32Value(); };
  return {.actions = size("actions"),
          .backwardActions = size("backwardActions"),
          .observationBounds = toVector<int32_t, Napi::Int32Array>(object.Get("observationBounds")),
          .maximumLength = size("maximumLength"),
          .tableBytes = static_cast<size_t>(number(object, "tableBytes")),
          .compile = object.Get("compile").As<Napi::Boolean>().Value(),
          .conditionSize = size("conditionSize")};
}

std::optional<TemperatureCondition> toTemperatureCondition(const Napi::Object& environment) {
  if (!environment.Get("temperature").IsObject()) return {};
  const auto object = environment.Get("temperature").As<Napi::Object>();
  return TemperatureCondition{.bins = static_cast<int>(number(object, "bins")),
                              .minimum = number(object, "minimum"),
                              .maximum = number(object, "maximum")};
}

DifferentiatedModel toModel(const Napi::Object& object) {
  DifferentiatedModel model;
  model.forward = bytes(object, "forward");
  model.gradient = bytes(object, "gradient");
  model.observations = list<ObservationTensor>(object, "observations", toObservationTensor);
  model.outputs = rowTensors(object, "outputs");
  model.kept = rowTensors(object, "kept");
  model.parameters = list<ParameterSlot>(object, "parameters", [](const Napi::Value& value) {
    const auto slot = value.As<Napi::Object>();
    return ParameterSlot{text(slot, "name"), shape(slot), static_cast<size_t>(number(slot, "offset")),
                         static_cast<size_t>(number(slot, "size"))};
  });
  model.parameterCount = static_cast<size_t>(number(object, "parameterCount"));
  model.gradientInputs = list<std::string>(
      object, "gradientInputs", [](const Napi::Value& value) { return value.As<Napi::String>().Utf8Value(); });
  for (const ParameterSlot& slot : model.parameters) {
    if (slot.offset + slot.size > model.parameterCount) {
      throw Error("ERR_INTERNAL", "parameter " + slot.name + " lies outside the flat buffer");
    }
  }
  return model;
}

RewardGraph toRewardGraph(const Napi::Object& object) {
  return {.model = bytes(object, "model"),
          .inputs = list<RewardInput>(object, "inputs",
                                      [](const Napi::Value& value) {
                                        return RewardInput{toObservationTensor(value),
                                                           static_cast<int>(number(value.As<Napi::Object>(), "first"))};
                                      }),
          .output = toRowTensor(object.Get("output"))};
}

RewardTransform toRewardTransform(const Napi::Object& object) {
  using Kind = RewardTransform::Kind;
  static const std::map<std::string, Kind> kinds{
      {"log", Kind::log},         {"identity", Kind::identity},       {"absolute", Kind::absolute},
      {"power", Kind::power},     {"exponential", Kind::exponential}, {"shift", Kind::shift},
      {"product", Kind::product}, {"sigmoid", Kind::sigmoid}};
  return {.kind = kinds.at(text(object, "kind")),
          .first = number(object, "first"),
          .second = number(object, "second"),
          .floor = number(object, "floor")};
}

TrainingOptions toTrainingOptions(const Napi::Object& object) {
  TrainingOptions options;
  options.objective = toObjective(object.Get("objective").As<Napi::Object>());
  options.batchSize = object.Get("batchSize").As<Napi::Number>().Int32Value();
  options.seed = static_cast<uint64_t>(number(object, "seed"));
  options.beta = number(object, "beta");
  options.exploration = toSchedule(object.Get("exploration"));
  options.temperature = toSchedule(object.Get("temperature"));
  options.learningRate = toSchedule(object.Get("learningRate"));
  options.learningRateLogZ = toSchedule(object.Get("learningRateLogZ"));
  options.weightDecay = number(object, "weightDecay");
  options.clip = number(object, "clip");
  options.offPolicy = toOffPolicyOptions(object.Get("offPolicy").As<Napi::Object>());
  options.trajectoriesPerCondition = object.Get("trajectoriesPerCondition").As<Napi::Number>().Int32Value();
  return options;
}

OffPolicyState toOffPolicyState(const Napi::Object& object) {
  const auto integers = [&](const char* name) { return toVector<int32_t, Napi::Int32Array>(object.Get(name)); };
  const auto numbers = [&](const char* name) { return toVector<double, Napi::Float64Array>(object.Get(name)); };
  return {.replayTerminalState = integers("replayTerminalState"),
          .replayLogReward = numbers("replayLogReward"),
          .replayAge = numbers("replayAge"),
          .aheadDrawn = integers("aheadDrawn"),
          .aheadRecorded = integers("aheadRecorded"),
          .aheadLength = integers("aheadLength"),
          .aheadAction = integers("aheadAction"),
          .aheadLogReward = numbers("aheadLogReward"),
          .aheadFresh = integers("aheadFresh"),
          .aheadTerminalState = integers("aheadTerminalState"),
          .aheadCondition = integers("aheadCondition")};
}

Napi::Object toJs(Napi::Env env, const OffPolicyState& state) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("replayTerminalState", toJsArray<Napi::Int32Array>(env, state.replayTerminalState));
  object.Set("replayLogReward", toJsArray<Napi::Float64Array>(env, state.replayLogReward));
  object.Set("replayAge", toJsArray<Napi::Float64Array>(env, state.replayAge));
  object.Set("aheadDrawn", toJsArray<Napi::Int32Array>(env, state.aheadDrawn));
  object.Set("aheadRecorded", toJsArray<Napi::Int32Array>(env, state.aheadRecorded));
  object.Set("aheadLength", toJsArray<Napi::Int32Array>(env, state.aheadLength));
  object.Set("aheadAction", toJsArray<Napi::Int32Array>(env, state.aheadAction));
  object.Set("aheadLogReward", toJsArray<Napi::Float64Array>(env, state.aheadLogReward));
  object.Set("aheadFresh", toJsArray<Napi::Int32Array>(env, state.aheadFresh));
  object.Set("aheadTerminalState", toJsArray<Napi::Int32Array>(env, state.aheadTerminalState));
  object.Set("aheadCondition", toJsArray<Napi::Int32Array>(env, state.aheadCondition));
  return object;
}

TrainingState toTrainingState(const Napi::Object& object) {
  TrainingState state;
  state.steps = object.Get("step").As<Napi::Number>().Int64Value();
  state.visits = object.Get("visits").As<Napi::Number>().Int64Value();
  state.parameters = toVector<float, Napi::Float32Array>(object.Get("parameters"));
  state.mean = toVector<float, Napi::Float32Array>(object.Get("mean"));
  state.square = toVector<float, Napi::Float32Array>(object.Get("square"));
  const auto logZ = toVector<double, Napi::Float64Array>(object.Get("logZ"));
  if (logZ.size() != state.logZ.size()) throw Error("ERR_CHECKPOINT", "state: expected three numbers for logZ");
  std::copy(logZ.begin(), logZ.end(), state.logZ.begin());
  state.offPolicy = toOffPolicyState(object.Get("offPolicy").As<Napi::Object>());
  return state;
}

Napi::Object toJs(Napi::Env env, const StepReport& report) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("step", static_cast<double>(report.step));
  object.Set("visits", static_cast<double>(report.visits));
  object.Set("loss", report.loss);
  object.Set("logZ", report.logZ);
  object.Set("meanLogReward", report.meanLogReward);
  object.Set("meanLength", report.meanLength);
  object.Set("rows", report.rows);
  object.Set("gradientNorm", report.gradientNorm);
  return object;
}

Napi::Object toJs(Napi::Env env, const Profile& profile) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("sampling", profile.sampling);
  object.Set("forward", profile.forward);
  object.Set("loss", profile.loss);
  object.Set("backward", profile.backward);
  object.Set("update", profile.update);
  return object;
}

Napi::Object toJs(Napi::Env env, const Visited& visited) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("count", static_cast<double>(visited.logReward.size()));
  object.Set("terminalState", toJsArray<Napi::Int32Array>(env, visited.terminalState));
  object.Set("logReward", toJsArray<Napi::Float64Array>(env, visited.logReward));
  return object;
}

Napi::Object toJs(Napi::Env env, const TrainingState& state) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("step", static_cast<double>(state.steps));
  object.Set("visits", static_cast<double>(state.visits));
  object.Set("parameters", toJsArray<Napi::Float32Array>(env, state.parameters));
  object.Set("mean", toJsArray<Napi::Float32Array>(env, state.mean));
  object.Set("square", toJsArray<Napi::Float32Array>(env, state.square));
  object.Set("logZ", toJsArray<Napi::Float64Array>(env, state.logZ));
  object.Set("offPolicy", toJs(env, state.offPolicy));
  return object;
}

Napi::Object toJs(Napi::Env env, const Trajectories& trajectories) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("count", trajectories.count);
  object.Set("offset", toJsArray<Napi::Int32Array>(env, trajectories.offset));
  object.Set("forwardAction", toJsArray<Napi::Int32Array>(env, trajectories.forwardAction));
  object.Set("terminalState", toJsArray<Napi::Int32Array>(env, trajectories.terminalState));
  object.Set("logReward", toJsArray<Napi::Float64Array>(env, trajectories.logReward));
  object.Set("logPf", toJsArray<Napi::Float64Array>(env, trajectories.logPf));
  object.Set("logPb", toJsArray<Napi::Float64Array>(env, trajectories.logPb));
  return object;
}

Napi::Object toJs(Napi::Env env, const ObjectiveEvaluation& evaluation) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("loss", evaluation.loss);
  object.Set("gradient", toJsArray<Napi::Float32Array>(env, evaluation.gradient));
  object.Set("gradientLogZ", evaluation.gradientLogZ);
  object.Set("logPf", toJsArray<Napi::Float64Array>(env, evaluation.logPf));
  object.Set("logPb", toJsArray<Napi::Float64Array>(env, evaluation.logPb));
  return object;
}

Napi::Value toJsError(Napi::Env env, const Error& error) {
  Napi::Object object = Napi::Error::New(env, error.what()).Value();
  object.Set("code", error.code());
  if (const auto* reward = dynamic_cast<const RewardError*>(&error)) {
    object.Set("state", toJsArray<Napi::Int32Array>(env, reward->state()));
  }
  return object;
}

Napi::Value toJsError(Napi::Env env, const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return toJsError(env, error);
  } catch (const std::bad_alloc&) {
    return toJsError(env, Error("ERR_TOO_LARGE", "there is not enough memory"));
  } catch (const std::exception& error) {
    return toJsError(env, Error("ERR_INTERNAL", error.what()));
  }
}

}  // namespace gflownet
