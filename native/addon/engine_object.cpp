#include "addon/engine_object.hpp"

#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "addon/convert.hpp"
#include "sampler/make_sampler.hpp"
#include "trainer/onnx_reward.hpp"

namespace gflownet {

Napi::Function EngineObject::define(Napi::Env env) {
  return DefineClass(
      env, "NativeEngine",
      {InstanceMethod<&EngineObject::train>("train"), InstanceMethod<&EngineObject::stop>("stop"),
       InstanceMethod<&EngineObject::sampleForward>("sampleForward"),
       InstanceMethod<&EngineObject::sampleBackward>("sampleBackward"),
       InstanceMethod<&EngineObject::exactDistribution>("exactDistribution"),
       InstanceMethod<&EngineObject::initialFlow>("initialFlow"), InstanceMethod<&EngineObject::score>("score"),
       InstanceMethod<&EngineObject::evaluateObjective>("evaluateObjective"),
       InstanceMethod<&EngineObject::parameters>("parameters"), InstanceMethod<&EngineObject::progress>("progress"),
       InstanceMethod<&EngineObject::state>("state"), InstanceMethod<&EngineObject::restore>("restore"),
       InstanceMethod<&EngineObject::dispose>("dispose")});
}

// new NativeEngine({ library, environment: { name, parameters, temperature } or { answer, sizes, temperature }, model,
// parameters, logZ, threads, memoryBytes, reward, conditions })
EngineObject::EngineObject(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<EngineObject>(info), core_(std::make_shared<Core>()) {
  guarded(info.Env(), [&] {
    const auto options = info[0].As<Napi::Object>();
    const auto environment = options.Get("environment").As<Napi::Object>();
    const Runtime& runtime = Runtime::load(options.Get("library").As<Napi::String>().Utf8Value());
    DifferentiatedModel model = toModel(options.Get("model").As<Napi::Object>());
    const auto parameters = toVector<float, Napi::Float32Array>(options.Get("parameters"));
    if (parameters.size() != model.parameterCount) {
      throw Error("ERR_INTERNAL", "the flat parameter buffer has the wrong length");
    }
    const auto temperature = toTemperatureCondition(environment);
    std::unique_ptr<Sampler> sampler;
    if (environment.Get("answer").IsFunction()) {
      const HostedSizes sizes = toHostedSizes(environment);
      host_ = std::make_shared<JavaScriptHost::Call>(environment.Get("answer").As<Napi::Function>());
      sampler = makeSampler(sizes, std::make_shared<JavaScriptHost>(sizes, host_), temperature);
    } else {
      sampler = makeSampler(environment.Get("name").As<Napi::String>().Utf8Value(),
                            toParameters(environment.Get("parameters").As<Napi::Object>()), temperature);
    }
    core_->pool = std::make_unique<ThreadPool>(options.Get("threads").As<Napi::Number>().Int32Value());
    auto flowModel = std::make_unique<FlowModel>(runtime, std::move(model), parameters, *core_->pool);
    sampler->checkModel(*flowModel);
    std::shared_ptr<RewardHost> reward;
    if (options.Get("reward").IsFunction()) {
      reward_ = std::make_shared<JavaScriptReward::Call>(options.Get("reward").As<Napi::Function>());
      reward = std::make_shared<JavaScriptReward>(reward_);
    } else if (options.Get("reward").IsObject()) {
      const auto graph = options.Get("reward").As<Napi::Object>();
      auto rewardModel = std::make_unique<RewardModel>(runtime, toRewardGraph(graph), *core_->pool);
      const auto size = [&](const char* name) {
        return static_cast<size_t>(graph.Get(name).As<Napi::Number>().DoubleValue());
      };
      reward = std::make_shared<OnnxReward>(*sampler, std::move(rewardModel), toRewardTransform(graph), size("cache"),
                                            size("scoredSize"));
    }
    std::shared_ptr<ConditionHost> conditions;
    if (options.Get("conditions").IsFunction()) {
      conditions_ = std::make_shared<JavaScriptConditions::Call>(options.Get("conditions").As<Napi::Function>());
      conditions = std::make_shared<JavaScriptConditions>(conditions_, sampler->conditionSize());
    }
    core_->trainer = std::make_unique<Trainer>(
        std::move(sampler), std::move(flowModel), options.Get("logZ").As<Napi::Number>().DoubleValue(),
        static_cast<size_t>(options.Get("memoryBytes").As<Napi::Number>().DoubleValue()), std::move(reward),
        std::move(conditions));
    snapshot_.logZ = core_->trainer->logZ();
    worker_ = std::make_unique<Worker>(
        info.Env(), [this] { Unref(); }, [core = core_] { core->pool->interrupt(); },
        [core = core_] {
          core->trainer.reset();
          core->pool.reset();
        });
    askThrough(worker_.get());
  });
}

EngineObject::~EngineObject() {
  askThrough(nullptr);
}

void EngineObject::askThrough(Worker* worker) {
  if (host_) host_->askThrough(worker);
  if (reward_) reward_->askThrough(worker);
  if (conditions_) conditions_->askThrough(worker);
}

Napi::Value EngineObject::run(const Napi::CallbackInfo& info, Work work, Worker::Turn turn) {
  Ref();  // until the promise has settled
  const Work guardedWork = [core = core_, work = std::move(work)] {
    try {
      return work();
    } catch (const std::bad_alloc&) {
      throw core->trainer->outOfMemory();
    }
  };
  return worker_->run(info.Env(), guardedWork, turn);
}

void EngineObject::publish() {
  const std::lock_guard lock(snapshotMutex_);
  snapshot_ = {core_->trainer->steps(), core_->trainer->visits(), core_->trainer->logZ(), core_->trainer->profile()};
}

// train(options, steps, reportEvery, onReport, keepVisited, askAgain)
Napi::Value EngineObject::train(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const TrainingOptions options = toTrainingOptions(info[0].As<Napi::Object>());
    const int64_t steps = info[1].As<Napi::Number>().Int64Value();
    const int64_t reportEvery = info[2].As<Napi::Number>().Int64Value();
    const auto onReport = std::make_shared<Napi::FunctionReference>(Napi::Persistent(info[3].As<Napi::Function>()));
    const bool keepVisited = info[4].As<Napi::Boolean>().Value();
    const bool askAgain = info[5].As<Napi::Boolean>().Value();
    stop_ = false;
    return run(info, [this, options, steps, reportEvery, onReport, keepVisited, askAgain]() -> ResultMaker {
      if (askAgain) core_->trainer->forgetUnanswered();
      auto visited = std::make_shared<Visited>();
      std::optional<StepReport> unreported;
      const auto report = [&] {
        if (!unreported) return;
        worker_->post([onReport, report = *unreported, keepVisited, visited](Napi::Env env) {
          Napi::Object object = toJs(env, report);
          object.Set("visited", keepVisited ? toJs(env, *visited) : env.Null());
          onReport->Call({object});
        });
        unreported.reset();
        visited = std::make_shared<Visited>();
      };
      try {
        for (int64_t done = 0; done < steps; done++) {
          worker_->serve();
          if (stop_ || worker_->closed()) break;
          unreported = core_->trainer->step(options);
          publish();
          if (keepVisited) core_->trainer->appendVisited(*visited);
          if (unreported->step % reportEvery == 0) report();
        }
      } catch (...) {
        report();
        throw;
      }
      report();
      // The reference must die on the JavaScript thread: this message holds the last copy.
      return [onReport](Napi::Env env) { return env.Undefined(); };
    });
  });
}

Napi::Value EngineObject::stop(const Napi::CallbackInfo& info) {
  stop_ = true;
  return info.Env().Undefined();
}

// sampleForward(count, seed, firstTrajectory, condition)
Napi::Value EngineObject::sampleForward(const Napi::CallbackInfo& info) {
  const int count = info[0].As<Napi::Number>().Int32Value();
  const auto seed = static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value());
  const auto first = static_cast<uint64_t>(info[2].As<Napi::Number>().Int64Value());
  const auto condition = toVector<int32_t, Napi::Int32Array>(info[3]);
  return run(info, [this, count, seed, first, condition]() -> ResultMaker {
    auto trajectories = std::make_shared<Trajectories>(core_->trainer->sampleForward(count, seed, first, condition));
    return [trajectories](Napi::Env env) { return toJs(env, *trajectories); };
  });
}

// sampleBackward(terminalStates, seed, firstTrajectory)
Napi::Value EngineObject::sampleBackward(const Napi::CallbackInfo& info) {
  const auto states = toVector<int32_t, Napi::Int32Array>(info[0]);
  const auto seed = static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value());
  const auto first = static_cast<uint64_t>(info[2].As<Napi::Number>().Int64Value());
  return run(info, [this, states, seed, first]() -> ResultMaker {
    auto trajectories = std::make_shared<Trajectories>(core_->trainer->sampleBackward(states, seed, first));
    return [trajectories](Napi::Env env) { return toJs(env, *trajectories); };
  });
}

// exactDistribution(maximumStates, condition)
Napi::Value EngineObject::exactDistribution(const Napi::CallbackInfo& info) {
  const int64_t maximumStates = info[0].As<Napi::Number>().Int64Value();
  const auto condition = toVector<int32_t, Napi::Int32Array>(info[1]);
  return run(info, [this, maximumStates, condition]() -> ResultMaker {
    auto probability =
        std::make_shared<std::vector<double>>(core_->trainer->exactDistribution(maximumStates, condition));
    const Enumeration& graph = core_->trainer->enumeration(maximumStates, condition);
    auto states = std::make_shared<std::vector<int32_t>>(graph.terminalState);
    auto logReward = std::make_shared<std::vector<double>>(graph.logReward);
    return [probability, states, logReward](Napi::Env env) -> Napi::Value {
      Napi::Object object = Napi::Object::New(env);
      object.Set("count", static_cast<double>(probability->size()));
      object.Set("terminalState", toJsArray<Napi::Int32Array>(env, *states));
      object.Set("logReward", toJsArray<Napi::Float64Array>(env, *logReward));
      object.Set("probability", toJsArray<Napi::Float64Array>(env, *probability));
      return object;
    };
  });
}

// initialFlow(condition)
Napi::Value EngineObject::initialFlow(const Napi::CallbackInfo& info) {
  const auto condition = toVector<int32_t, Napi::Int32Array>(info[0]);
  return run(info, [this, condition]() -> ResultMaker {
    const InitialFlow flow = core_->trainer->initialFlow(condition);
    return [flow](Napi::Env env) -> Napi::Value {
      Napi::Object object = Napi::Object::New(env);
      object.Set("logStateFlow", flow.logStateFlow);
      object.Set("logSumExp", flow.logSumExp);
      return object;
    };
  });
}

// score(terminalStates), of an engine with an ONNX reward
Napi::Value EngineObject::score(const Napi::CallbackInfo& info) {
  const auto states = toVector<int32_t, Napi::Int32Array>(info[0]);
  return run(info, [this, states]() -> ResultMaker {
    auto logReward = std::make_shared<std::vector<double>>(core_->trainer->score(states));
    return [logReward](Napi::Env env) { return toJsArray<Napi::Float64Array>(env, *logReward); };
  });
}

// evaluateObjective(options, offset, forwardAction, conditions)
Napi::Value EngineObject::evaluateObjective(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const TrainingOptions options = toTrainingOptions(info[0].As<Napi::Object>());
    const auto offset = toVector<int32_t, Napi::Int32Array>(info[1]);
    const auto action = toVector<int32_t, Napi::Int32Array>(info[2]);
    const auto conditions = toVector<int32_t, Napi::Int32Array>(info[3]);
    return run(info, [this, options, offset, action, conditions]() -> ResultMaker {
      auto evaluation =
          std::make_shared<ObjectiveEvaluation>(core_->trainer->evaluateObjective(options, offset, action, conditions));
      return [evaluation](Napi::Env env) { return toJs(env, *evaluation); };
    });
  });
}

Napi::Value EngineObject::parameters(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    if (worker_->closed()) throw DisposedError();
    return toJsArray<Napi::Float32Array>(info.Env(), core_->trainer->parameters());
  });
}

Napi::Value EngineObject::state(const Napi::CallbackInfo& info) {
  const Work work = [this]() -> ResultMaker {
    auto state = std::make_shared<TrainingState>(core_->trainer->state());
    return [state](Napi::Env env) { return toJs(env, *state); };
  };
  return run(info, work, Worker::Turn::whileWaiting);  // a step that waits has changed nothing of it
}

// restore({ step, visits, parameters, mean, square, logZ })
Napi::Value EngineObject::restore(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto state = std::make_shared<TrainingState>(toTrainingState(info[0].As<Napi::Object>()));
    return run(info, [this, state]() -> ResultMaker {
      core_->trainer->restore(*state);
      publish();
      return [](Napi::Env env) { return env.Undefined(); };
    });
  });
}

// The counters after the last finished step.
Napi::Value EngineObject::progress(const Napi::CallbackInfo& info) {
  const std::lock_guard lock(snapshotMutex_);
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("step", static_cast<double>(snapshot_.steps));
  object.Set("visits", static_cast<double>(snapshot_.visits));
  object.Set("logZ", snapshot_.logZ);
  object.Set("profile", toJs(info.Env(), snapshot_.profile));
  return object;
}

Napi::Value EngineObject::dispose(const Napi::CallbackInfo& info) {
  stop_ = true;
  worker_->close();
  return info.Env().Undefined();
}

}  // namespace gflownet
