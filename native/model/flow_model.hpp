#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "device/row_buffer.hpp"
#include "device/stopwatch.hpp"
#include "device/thread_pool.hpp"
#include "model/row_tensor.hpp"
#include "model/session.hpp"

namespace gflownet {

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
  std::vector<ObservationTensor> observations;
  std::vector<RowTensor> outputs;
  std::vector<RowTensor> kept;
  std::vector<ParameterSlot> parameters;
  size_t parameterCount;
  // Names of the observations, parameters and kept activations that the gradient graph takes.
  std::vector<std::string> gradientInputs;
};

// The flow model at work: rows of observations in, rows of outputs out, and the gradient of all parameters from the
// gradients of those outputs. Forward calls leave outputs and kept activations in place at their rows' offsets, so
// the backward pass repeats no forward work.
//
// Rows are cut into blocks, which does not depend on the number of threads; each block runs on one thread, and the
// blocks' gradients are added in block order: results do not depend on the number of threads.
class FlowModel {
 public:
  FlowModel(const Runtime& runtime, DifferentiatedModel model, const std::vector<float>& parameters, ThreadPool& pool);

  const std::vector<ObservationTensor>& observations() const { return model_.observations; }
  int actions() const { return actions_; }
  // 0 without the output backward_logits: P_B is uniform.
  int backwardActions() const { return backwardActions_; }
  bool hasStateFlow() const { return stateFlow_ >= 0; }
  // Bytes that one row takes in all buffers.
  size_t rowBytes() const;

  ThreadPool& pool() const { return *pool_; }
  void clear() { rows_ = 0; }
  int rows() const { return rows_; }
  // Adds rows, which moves the others. Each must be observed and evaluated before it is read.
  void extend(int count);
  // Writes a row's observations from a state's integers, as many as all inputs are wide.
  void observe(int row, const int32_t* observation) { write(rowBuffers_, row, observation); }
  // Runs the forward graph on all rows from `first`, in blocks on all threads: before(from, to, worker) observes a
  // block's rows, after(from, to, worker) finds them evaluated.
  template <class Before, class After>
  void evaluate(int first, const Before& before, const After& after) {
    Stopwatch stopwatch;
    const Blocks blocks = forwardBlocks(rows_ - first);
    pool_->forEach(blocks.count, [&](int block, int worker) {
      const int from = first + blocks.begin(block);
      const int to = first + blocks.begin(block + 1);
      before(from, to, worker);
      runForward(forwardBindings_[worker], rowBuffers_, from, to);
      after(from, to, worker);
    });
    forwardSeconds_ += stopwatch.lap();
  }

  // Runs the forward graph on states that may become rows later: observe(number, worker) calls observeAhead.
  template <class Observe>
  void evaluateAhead(int count, const Observe& observe) {
    Stopwatch stopwatch;
    ahead_.reserve(count);
    const Blocks blocks = forwardBlocks(count);
    pool_->forEach(blocks.count, [&](int block, int worker) {
      for (int number = blocks.begin(block); number < blocks.begin(block + 1); number++) observe(number, worker);
      runForward(forwardBindings_[worker], ahead_, blocks.begin(block), blocks.begin(block + 1));
    });
    forwardSeconds_ += stopwatch.lap();
  }
  void observeAhead(int number, const int32_t* observation) { write(ahead_, number, observation); }
  // Gives a row, which has been observed, the outputs of a state that was evaluated ahead.
  void takeAhead(int number, int row);

  // [A], [Ab] and the scalar of a row.
  const float* forwardLogits(int row) const { return rowBuffers_.outputs[forwardLogits_].row<float>(row); }
  const float* backwardLogits(int row) const { return rowBuffers_.outputs[backwardLogits_].row<float>(row); }
  float logStateFlow(int row) const { return *rowBuffers_.outputs[stateFlow_].row<float>(row); }

  // Where d loss / d output of each row is written for backward().
  float* forwardLogitsGradient(int row) { return outputGradients_[forwardLogits_].row<float>(row); }
  float* backwardLogitsGradient(int row) { return outputGradients_[backwardLogits_].row<float>(row); }
  float* logStateFlowGradient(int row) { return outputGradients_[stateFlow_].row<float>(row); }
  // Seconds spent in evaluate() and backward() so far.
  double forwardSeconds() const { return forwardSeconds_; }
  double backwardSeconds() const { return backwardSeconds_; }

  // Adds the gradient of all parameters over all rows to gradient(), in blocks on all threads: before(from, to) writes
  // d loss / d outputs of a block's rows.
  template <class Before>
  void backward(const Before& before) {
    Stopwatch stopwatch;
    const Blocks blocks = gradientBlocks(rows_);
    beginBackward(blocks.count);
    for (int start = 0; start < blocks.count; start += blocksAtOnce_) {
      const int wave = blocks.count - start < blocksAtOnce_ ? blocks.count - start : blocksAtOnce_;
      pool_->forEach(wave, [&](int index, int worker) {
        const int from = blocks.begin(start + index);
        const int to = blocks.begin(start + index + 1);
        before(from, to);
        runGradient(gradientBindings_[worker], from, to, blockGradient(index));
      });
      addBlockGradients(wave);
    }
    backwardSeconds_ += stopwatch.lap();
  }
  // The next backward() begins a new sum.
  void clearGradient() { gradientEmpty_ = true; }
  std::vector<float>& gradient() { return gradient_; }
  std::vector<float>& parameters() { return parameters_; }
  const std::vector<float>& parameters() const { return parameters_; }

 private:
  // `rows` rows in `count` blocks of the same size, give or take one.
  struct Blocks {
    int rows;
    int count;
    int begin(int block) const { return static_cast<int>(int64_t{rows} * block / count); }
  };
  static Blocks forwardBlocks(int rows);
  static Blocks gradientBlocks(int rows);

  void beginBackward(int blocks);
  float* blockGradient(int index);
  void addBlockGradients(int count);
  void bindParameters(Binding& binding, bool gradientGraph);
  // What goes into the forward graph and comes out of it, by rows.
  struct Buffers {
    std::vector<RowBuffer> observations;
    std::vector<RowBuffer> outputs;
    std::vector<RowBuffer> kept;
    void reserve(int rows);
  };
  static Buffers buffersOf(const DifferentiatedModel& model);
  void write(Buffers& buffers, int row, const int32_t* observation);
  void bindObservation(Binding& binding, Buffers& buffers, size_t number, int first, int rows);
  void runForward(Binding& binding, Buffers& buffers, int first, int last);
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
  bool gradientEmpty_ = true;
  int blocksAtOnce_;  // whose gradients are held; they are added in order whatever their number
  std::vector<std::vector<float>> blockGradients_;
  Buffers rowBuffers_;
  Buffers ahead_;
  std::vector<RowBuffer> outputGradients_;
  double forwardSeconds_ = 0;
  double backwardSeconds_ = 0;
  int rows_ = 0;
  int actions_ = 0;
  int backwardActions_ = 0;
  int forwardLogits_ = -1;
  int backwardLogits_ = -1;
  int stateFlow_ = -1;
};

}  // namespace gflownet
