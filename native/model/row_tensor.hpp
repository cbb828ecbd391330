#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/ort_functions.hpp"

namespace gflownet {

// A tensor whose first dimension is the row: name, element type and the sizes after the row.
struct RowTensor {
  std::string name;
  ONNXTensorElementDataType type;
  std::vector<int64_t> shape;

  size_t rowElements() const;
  size_t rowBytes() const;
  // The sizes of so many rows.
  std::vector<int64_t> shapeOf(int rows) const;
};

// An input of a graph that a state fills, from the next `width` integers of its observation.
struct ObservationTensor {
  RowTensor tensor;
  int width;
  bool values;  // the integers are the bits of float32 numbers; else indices: the sum of their one-hots, or themselves

  // Writes a row, tensor.rowBytes() bytes, from `width` integers.
  void write(const int32_t* integers, uint8_t* row) const;
};

}  // namespace gflownet
