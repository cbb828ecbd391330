#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "device/row_buffer.hpp"
#include "device/thread_pool.hpp"
#include "model/session.hpp"

namespace gflownet {

// A tensor whose first dimension is the row: name, element type and the sizes after the row.
struct RowTensor {
  std::string name;
  ONNXTensorElementDataType type;
  std::vector<int64_t> shape;

  size_t rowElements() const;
  size_t rowBytes() const;
};

struct ParameterSlot {
  std::string name;
  std::vector<int64_t> shape;
  size_t offset;
  size_t size;
};

// The twin of src/onnx/differentiated-model.ts.
struct DifferentiatedModel {
  std::vector<uint8_t> forward;
  std::vector<uint8_t> gradient;
  RowTensor observation;
  std::vector<RowTensor> outputs;
  std::vector<RowTensor> kept;
  std::vector<ParameterSlot> parameters;
  size_t parameterCount;
  // Names of the observation, parameters and kept activations that the gradient graph takes.
  std::vector<std::string> gradientInputs;
};

// The flow model at work: rows of observations in, rows of outputs out, and the gradient of all parameters from the
// gradients of those outputs. Forward calls leave outputs and kept activations in place at their rows' offsets, so
// the backward pass repeats no forward work.
//
// Rows are cut into blocks whose size does not depend on the number of threads; each block runs on one thread, and
// the blocks' gradients are added in block order: results do not depend on the number of threads.
class FlowModel {
 public:
  FlowModel(const Runtime& runtime, DifferentiatedModel model, const std::vector<float>& parameters, ThreadPool& pool);

  const RowTensor& observation() const { return model_.observation; }
  int actions() const { return actions_; }
  // 0 without the output backward_logits: P_B is uniform.
  int backwardActions() const { return backwardActions_; }
  bool hasStateFlow() const { return stateFlow_ >= 0; }
  // Bytes that one row takes in all buffers.
  size_t rowBytes() const;

  void clear() { rows_ = 0; }
  int rows() const { return rows_; }
  // Adds a row for a state's observation indices ([observationWidth]); evaluate() must follow before it is read.
  int append(const int32_t* indices, int width);
  // Runs the forward graph on rows [first, last).
  void evaluate(int first, int last);

  // [A], [Ab] and the scalar of a row.
  const float* forwardLogits(int row) const { return outputs_[forwardLogits_].row<float>(row); }
  const float* backwardLogits(int row) const { return outputs_[backwardLogits_].row<float>(row); }
  float logStateFlow(int row) const { return *outputs_[stateFlow_].row<float>(row); }

  // Where the objective writes d loss / d output of each row, all rows, before backward().
  float* forwardLogitsGradient(int row) { return outputGradients_[forwardLogits_].row<float>(row); }
  float* backwardLogitsGradient(int row) { return outputGradients_[backwardLogits_].row<float>(row); }
  float* logStateFlowGradient(int row) { return outputGradients_[stateFlow_].row<float>(row); }
  void reserveGradients();

  // Adds the gradient of all parameters over rows [0, rows) to gradient().
  void backward();
  void clearGradient();
  std::vector<float>& gradient() { return gradient_; }
  std::vector<float>& parameters() { return parameters_; }
  const std::vector<float>& parameters() const { return parameters_; }

 private:
  void reserve(size_t rows);
  void bindParameters(Binding& binding, bool gradientGraph);
  void runForward(Binding& binding, int first, int last);
  void runGradient(Binding& binding, int first, int last, float* gradient);
  bool gradientTakes(const std::string& name) const;

  DifferentiatedModel model_;
  Session forward_;
  Session gradientSession_;
  ThreadPool* pool_;
  std::vector<Binding> forwardBindings_;   // one a worker
  std::vector<Binding> gradientBindings_;  // one a worker
  std::vector<float> parameters_;
  std::vector<float> gradient_;
  std::vector<std::vector<float>> blockGradients_;
  RowBuffer observation_;
  std::vector<RowBuffer> outputs_;
  std::vector<RowBuffer> outputGradients_;
  std::vector<RowBuffer> kept_;
  int rows_ = 0;
  int actions_ = 0;
  int backwardActions_ = 0;
  int forwardLogits_ = -1;
  int backwardLogits_ = -1;
  int stateFlow_ = -1;
};

}  // namespace gflownet
