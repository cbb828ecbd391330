#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gflownet {

// A failure with one of the stable codes of src/error.ts; the addon turns it into a GfnError.
class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message) : std::runtime_error(message), code_(std::move(code)) {}
  const std::string& code() const noexcept { return code_; }

 private:
  std::string code_;
};

// What was disposed of is used.
class DisposedError : public Error {
 public:
  DisposedError() : Error("ERR_DISPOSED", "the trainer or model has been disposed of") {}
};

// A reward that training cannot use, and the terminal state that has it.
class RewardError : public Error {
 public:
  RewardError(const std::string& message, std::vector<int32_t> state)
      : Error("ERR_REWARD", message), state_(std::move(state)) {}
  const std::vector<int32_t>& state() const noexcept { return state_; }

 private:
  std::vector<int32_t> state_;
};

}  // namespace gflownet
