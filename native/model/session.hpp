#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/runtime.hpp"

namespace gflownet {

// A graph, ready to run on one thread at a time or several: a session has no threads of its own, runs in the caller's.
class Session {
 public:
  Session(const Runtime& runtime, const std::vector<uint8_t>& model);

  const Runtime& runtime() const { return *runtime_; }
  OrtSession* get() const { return session_.get(); }

 private:
  const Runtime* runtime_;
  Handle<OrtSession> session_;
};

// Bound inputs and outputs of one session; each thread that runs a session has one of its own.
class Binding {
 public:
  explicit Binding(const Session& session);

  // The memory stays the caller's and must outlive the next bind of the same name or the last run.
  void input(const std::string& name, void* data, size_t bytes, const std::vector<int64_t>& shape,
             ONNXTensorElementDataType type);
  void output(const std::string& name, void* data, size_t bytes, const std::vector<int64_t>& shape,
              ONNXTensorElementDataType type);
  void run();

 private:
  Handle<OrtValue> wrap(void* data, size_t bytes, const std::vector<int64_t>& shape,
                        ONNXTensorElementDataType type) const;

  const Session* session_;
  Handle<OrtIoBinding> binding_;
};

}  // namespace gflownet
