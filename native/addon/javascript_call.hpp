#pragma once

#include <napi.h>

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "addon/worker.hpp"
#include "error.hpp"

namespace gflownet {

// A JavaScript function that the worker's thread asks and that answers when it likes: its last argument is a function
// that takes the answer, an object, or null for a failure that JavaScript keeps (ERR_HOST). Made and destroyed on the
// JavaScript thread.
template <class Answer>
class JavaScriptCall : public std::enable_shared_from_this<JavaScriptCall<Answer>> {
 public:
  using Arguments = std::function<std::vector<napi_value>(Napi::Env)>;
  using Convert = std::function<Answer(const Napi::Object&)>;

  // On its way: written on the JavaScript thread until `answered`, then read on the worker's.
  struct Question {
    std::atomic<bool> answered{false};
    Answer answer;
    std::exception_ptr failure;
  };

  explicit JavaScriptCall(const Napi::Function& function) : function_(Napi::Persistent(function)) {}

  // JavaScript thread: the worker that asks, before its first question; null before it is destroyed.
  void askThrough(Worker* worker) { worker_ = worker; }

  // Worker's thread. `arguments` and `convert` run on the JavaScript thread.
  std::shared_ptr<Question> ask(Arguments arguments, Convert convert) {
    auto question = std::make_shared<Question>();
    worker_->post([call = this->shared_from_this(), question, arguments = std::move(arguments),
                   convert = std::move(convert)](Napi::Env env) {
      // An answer may come after the engine has gone: it keeps the call.
      const auto respond = [call, question, convert](const Napi::CallbackInfo& info) {
        call->settle(info, *question, convert);
      };
      try {
        std::vector<napi_value> values = arguments(env);
        values.push_back(Napi::Function::New(env, respond));
        call->function_.Call(values);
      } catch (const Napi::Error&) {
        // JavaScript is being shut down: the worker is closed next, and nobody waits any more.
        question->failure = std::make_exception_ptr(Error("ERR_HOST", "JavaScript is being shut down"));
      }
    });
    return question;
  }

  // Worker's thread. Throws what the question failed with, or ERR_DISPOSED.
  Answer wait(Question& question) {
    worker_->waitFor([&] { return question.answered.load(); });
    if (question.failure) std::rethrow_exception(question.failure);
    return std::move(question.answer);
  }

 private:
  void settle(const Napi::CallbackInfo& info, Question& question, const Convert& convert) {
    if (question.answered || worker_ == nullptr) return;
    try {
      if (!info[0].IsObject()) throw Error("ERR_HOST", "JavaScript knows what failed");
      question.answer = convert(info[0].As<Napi::Object>());
    } catch (...) {
      question.failure = std::current_exception();
    }
    question.answered = true;
    worker_->notify();
  }

  Napi::FunctionReference function_;
  Worker* worker_ = nullptr;
};

}  // namespace gflownet
