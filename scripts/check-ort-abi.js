// Compiles native/model/ort_functions.hpp against the official header of ONNX Runtime: every function must stand at
// the position, and have the type, that we say. The header comes from an npm package, unpacked into a temporary folder.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = 'com.github.asus4.onnxruntime@0.4.9';
const FRAMEWORK = 'package/Plugins/iOS~/onnxruntime.xcframework/ios-arm64_x86_64-simulator/onnxruntime.framework';

const check = `
#include "onnxruntime_c_api.h"
#define GFLOWNET_ORT_HEADER
#include "model/ort_functions.hpp"

#include <type_traits>

// The official signatures carry noexcept and parameter names; neither is part of what is called.
template <class T> struct Plain;
template <class R, class... A> struct Plain<R (*)(A...) noexcept> { using type = R (*)(A...); };
template <class R, class... A> struct Plain<R (*)(A...)> { using type = R (*)(A...); };

#define CHECK(position, name, result, parameters)                                                        \\
  static_assert(offsetof(OrtApi, name) == position * sizeof(void*), #name " stands elsewhere");           \\
  static_assert(std::is_same_v<typename Plain<decltype(OrtApi::name)>::type, result(*) parameters>,       \\
                #name " has another type");
GFLOWNET_ORT_FUNCTIONS(CHECK)
static_assert(ORT_API_VERSION >= gflownet::ort::kApiVersion);
static_assert(ORT_LOGGING_LEVEL_ERROR == 3 && ORT_ENABLE_ALL == 99 && OrtDeviceAllocator == 0 && OrtMemTypeDefault == 0);
static_assert(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT == 1 && ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 == 7 &&
              ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL == 9);
`;

const native = fileURLToPath(new URL('../native', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'gflownet-ort-abi-'));
try {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, PACKAGE], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const archive = `${PACKAGE.replace('@', '-')}.tgz`;
  execFileSync('tar', ['xzf', archive, `${FRAMEWORK}/Headers`], { cwd: folder, stdio: 'inherit' });
  writeFileSync(join(folder, 'check.cpp'), check);
  const include = join(folder, FRAMEWORK, 'Headers');
  execFileSync(
    'c++',
    ['-std=c++20', '-fsyntax-only', '-Wno-ignored-attributes', `-I${include}`, `-I${native}`, 'check.cpp'],
    {
      cwd: folder,
      stdio: 'inherit',
    },
  );
  console.log('ONNX Runtime: every function that is used stands where the official header has it');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
