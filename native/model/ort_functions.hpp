#pragma once

// The part of ONNX Runtime's C API that this package uses. onnxruntime-node ships the library without a header; the
// table of functions is append-only, so a function is found by its position. `npm run check:ort-abi` compiles this
// file against the official header.

#include <cstddef>
#include <cstdint>

#ifndef GFLOWNET_ORT_HEADER  // the check includes the official header instead
struct OrtStatus;
struct OrtEnv;
struct OrtSession;
struct OrtSessionOptions;
struct OrtRunOptions;
struct OrtIoBinding;
struct OrtMemoryInfo;
struct OrtAllocator;
struct OrtValue;

enum OrtLoggingLevel : int { ORT_LOGGING_LEVEL_ERROR = 3 };
enum GraphOptimizationLevel : int { ORT_ENABLE_ALL = 99 };
enum OrtAllocatorType : int { OrtDeviceAllocator = 0 };
enum OrtMemType : int { OrtMemTypeDefault = 0 };
enum ONNXTensorElementDataType : int {
  ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT = 1,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 = 7,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL = 9,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE = 11,
};
#endif

namespace gflownet::ort {

// The first API version whose table holds every function below.
inline constexpr uint32_t kApiVersion = 5;
// Models are written for opset 20, which ONNX Runtime reads since this version.
inline constexpr int kOldestMajor = 1;
inline constexpr int kOldestMinor = 17;

// X(position in the table, name, result, parameters)
// clang-format off
#define GFLOWNET_ORT_FUNCTIONS(X)                                                                                    \
  X(2, GetErrorMessage, const char*, (const OrtStatus*))                                                             \
  X(3, CreateEnv, OrtStatus*, (OrtLoggingLevel, const char*, OrtEnv**))                                              \
  X(8, CreateSessionFromArray, OrtStatus*,                                                                           \
    (const OrtEnv*, const void*, size_t, const OrtSessionOptions*, OrtSession**))                                    \
  X(10, CreateSessionOptions, OrtStatus*, (OrtSessionOptions**))                                                     \
  X(22, SetSessionLogSeverityLevel, OrtStatus*, (OrtSessionOptions*, int))                                           \
  X(23, SetSessionGraphOptimizationLevel, OrtStatus*, (OrtSessionOptions*, GraphOptimizationLevel))                  \
  X(24, SetIntraOpNumThreads, OrtStatus*, (OrtSessionOptions*, int))                                                 \
  X(25, SetInterOpNumThreads, OrtStatus*, (OrtSessionOptions*, int))                                                 \
  X(49, CreateTensorWithDataAsOrtValue, OrtStatus*,                                                                  \
    (const OrtMemoryInfo*, void*, size_t, const int64_t*, size_t, ONNXTensorElementDataType, OrtValue**))            \
  X(69, CreateCpuMemoryInfo, OrtStatus*, (OrtAllocatorType, OrtMemType, OrtMemoryInfo**))                            \
  X(92, ReleaseEnv, void, (OrtEnv*))                                                                                 \
  X(93, ReleaseStatus, void, (OrtStatus*))                                                                           \
  X(94, ReleaseMemoryInfo, void, (OrtMemoryInfo*))                                                                   \
  X(95, ReleaseSession, void, (OrtSession*))                                                                         \
  X(96, ReleaseValue, void, (OrtValue*))                                                                             \
  X(100, ReleaseSessionOptions, void, (OrtSessionOptions*))                                                          \
  X(133, RunWithBinding, OrtStatus*, (OrtSession*, const OrtRunOptions*, const OrtIoBinding*))                       \
  X(134, CreateIoBinding, OrtStatus*, (OrtSession*, OrtIoBinding**))                                                 \
  X(135, ReleaseIoBinding, void, (OrtIoBinding*))                                                                    \
  X(136, BindInput, OrtStatus*, (OrtIoBinding*, const char*, const OrtValue*))                                       \
  X(137, BindOutput, OrtStatus*, (OrtIoBinding*, const char*, const OrtValue*))
// clang-format on

}  // namespace gflownet::ort
