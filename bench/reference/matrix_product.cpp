// The blocked matrix product of src/model/interpreter/matrix-product.ts in C++: the same blocks, panels of doubles, 4×4
// tiles and order of summation, so that both give the same bits. Compiled with -O2 and without vectorisation it says
// what a compiler ahead of time makes of the loop.
//
// Reads lines "m n k transposeLeft transposeRight repetitions", answers each by "seconds checksum": c[m × n] of
// repetitions products of the same matrices, added up; the checksum is the sum of c in double.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <vector>

namespace {

constexpr std::size_t blockDepth = 256;
constexpr std::size_t blockRows = 64;
constexpr std::size_t blockColumns = 512;
constexpr std::size_t fewRows = 32;

// Element (i, j) stands at i * rowStride + j * columnStride.
struct Matrix {
  const float* data;
  std::size_t rowStride;
  std::size_t columnStride;
};

double leftPanels[blockRows * blockDepth];
double rightPanels[blockColumns * blockDepth];

// count rows of depth elements into panels of four, panel[p * 4 + row]; the last panel is filled up with zeros.
void pack(const float* source, std::size_t outerStride, std::size_t innerStride, std::size_t count, std::size_t depth,
          double* panels) {
  for (std::size_t row = 0; row < count; row += 4) {
    const std::size_t rows = std::min<std::size_t>(4, count - row);
    for (std::size_t p = 0; p < depth; p++) {
      for (std::size_t r = 0; r < 4; r++) {
        *panels++ = r < rows ? double{source[(row + r) * outerStride + p * innerStride]} : 0.0;
      }
    }
  }
}

// c[4 × 4] += a panel of the left matrix times four columns: element (p, column) at p * depthStride + column *
// columnStride of `b`.
template <typename Element>
void addTile(std::size_t depth, const double* a, const Element* b, std::size_t depthStride, std::size_t columnStride,
             float* c, std::size_t cStride) {
  double c00 = 0, c01 = 0, c02 = 0, c03 = 0;
  double c10 = 0, c11 = 0, c12 = 0, c13 = 0;
  double c20 = 0, c21 = 0, c22 = 0, c23 = 0;
  double c30 = 0, c31 = 0, c32 = 0, c33 = 0;
  for (std::size_t p = 0; p < depth; p++, a += 4, b += depthStride) {
    const double b0 = b[0], b1 = b[columnStride], b2 = b[2 * columnStride], b3 = b[3 * columnStride];
    c00 += a[0] * b0, c01 += a[0] * b1, c02 += a[0] * b2, c03 += a[0] * b3;
    c10 += a[1] * b0, c11 += a[1] * b1, c12 += a[1] * b2, c13 += a[1] * b3;
    c20 += a[2] * b0, c21 += a[2] * b1, c22 += a[2] * b2, c23 += a[2] * b3;
    c30 += a[3] * b0, c31 += a[3] * b1, c32 += a[3] * b2, c33 += a[3] * b3;
  }
  const double sums[4][4] = {{c00, c01, c02, c03}, {c10, c11, c12, c13}, {c20, c21, c22, c23}, {c30, c31, c32, c33}};
  for (std::size_t i = 0; i < 4; i++) {
    for (std::size_t j = 0; j < 4; j++) c[i * cStride + j] = static_cast<float>(c[i * cStride + j] + sums[i][j]);
  }
}

void copyTile(const float* from, std::size_t fromStride, float* to, std::size_t toStride, std::size_t height,
              std::size_t width) {
  for (std::size_t i = 0; i < height; i++) std::copy_n(from + i * fromStride, width, to + i * toStride);
}

// c[m × n] += left[m × k] times right[k × n]
void multiplyAdd(std::size_t m, std::size_t n, std::size_t k, const Matrix& left, const Matrix& right, float* c) {
  float edge[16];
  const bool direct = m <= fewRows;
  for (std::size_t p = 0; p < k; p += blockDepth) {
    const std::size_t depth = std::min(blockDepth, k - p);
    for (std::size_t j = 0; j < n; j += blockColumns) {
      const std::size_t columns = std::min(blockColumns, n - j);
      const float* right_pj = right.data + p * right.rowStride + j * right.columnStride;
      const std::size_t directColumns = direct ? columns / 4 * 4 : 0;
      pack(right_pj + directColumns * right.columnStride, right.columnStride, right.rowStride, columns - directColumns,
           depth, rightPanels);
      for (std::size_t i = 0; i < m; i += blockRows) {
        const std::size_t rows = std::min(blockRows, m - i);
        const float* left_ip = left.data + i * left.rowStride + p * left.columnStride;
        pack(left_ip, left.rowStride, left.columnStride, rows, depth, leftPanels);
        for (std::size_t jj = 0; jj < columns; jj += 4) {
          for (std::size_t ii = 0; ii < rows; ii += 4) {
            float* c_ij = c + (i + ii) * n + j + jj;
            const std::size_t height = std::min<std::size_t>(4, rows - ii);
            const std::size_t width = std::min<std::size_t>(4, columns - jj);
            const bool whole = height == 4 && width == 4;
            if (!whole) copyTile(c_ij, n, edge, 4, height, width);
            float* target = whole ? c_ij : edge;
            const std::size_t targetStride = whole ? n : 4;
            const double* a = leftPanels + ii * depth;
            if (jj >= directColumns) {
              addTile(depth, a, rightPanels + (jj - directColumns) * depth, 4, 1, target, targetStride);
            } else {
              addTile(depth, a, right_pj + jj * right.columnStride, right.rowStride, right.columnStride, target,
                      targetStride);
            }
            if (!whole) copyTile(edge, 4, c_ij, n, height, width);
          }
        }
      }
    }
  }
}

// Uniform in [-1, 1): Numerical Recipes' 32-bit generator; matrix-product-typescript.js draws the same.
std::vector<float> uniform(std::size_t count, std::uint32_t seed) {
  std::vector<float> values(count);
  for (float& value : values) {
    seed = seed * 1664525u + 1013904223u;
    value = static_cast<float>(seed / 2147483648.0 - 1.0);
  }
  return values;
}

}  // namespace

int main() {
  std::size_t m, n, k, repetitions;
  int transposeLeft, transposeRight;
  while (std::cin >> m >> n >> k >> transposeLeft >> transposeRight >> repetitions) {
    const std::vector<float> leftData = uniform(m * k, 1);
    const std::vector<float> rightData = uniform(k * n, 2);
    std::vector<float> c(m * n);
    const Matrix left = transposeLeft != 0 ? Matrix{leftData.data(), 1, m} : Matrix{leftData.data(), k, 1};
    const Matrix right = transposeRight != 0 ? Matrix{rightData.data(), 1, k} : Matrix{rightData.data(), n, 1};
    const auto started = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < repetitions; i++) multiplyAdd(m, n, k, left, right, c.data());
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
    double checksum = 0;
    for (const float value : c) checksum += value;
    std::cout << std::setprecision(17) << seconds.count() << ' ' << checksum << std::endl;
  }
}
