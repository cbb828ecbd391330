#include "model/row_tensor.hpp"

#include <algorithm>
#include <cstring>

namespace gflownet {
namespace {

size_t elementBytes(ONNXTensorElementDataType type) {
  switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE:
      return 8;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL:
      return 1;
    default:
      return 4;
  }
}

}  // namespace

size_t RowTensor::rowElements() const {
  size_t elements = 1;
  for (const int64_t size : shape) elements *= static_cast<size_t>(size);
  return elements;
}

size_t RowTensor::rowBytes() const {
  return rowElements() * elementBytes(type);
}

std::vector<int64_t> RowTensor::shapeOf(int rows) const {
  std::vector<int64_t> sizes{rows};
  sizes.insert(sizes.end(), shape.begin(), shape.end());
  return sizes;
}

void ObservationTensor::write(const int32_t* integers, uint8_t* row) const {
  if (values) {
    std::memcpy(row, integers, tensor.rowBytes());
  } else if (tensor.type == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64) {
    std::copy(integers, integers + width, reinterpret_cast<int64_t*>(row));
  } else {
    auto* oneHot = reinterpret_cast<float*>(row);
    std::memset(oneHot, 0, tensor.rowBytes());
    for (int k = 0; k < width; k++) oneHot[integers[k]] += 1.0F;
  }
}

}  // namespace gflownet
