/**
 * Matrix product, blocked as in Goto and van de Geijn (2008), "Anatomy of high-performance matrix multiplication":
 * blocks of both matrices are packed into panels of four rows or columns, so that the innermost loop reads memory in
 * order and keeps a 4×4 tile of sums in registers.
 *
 * Panels are doubles: V8 has no float32 arithmetic that keeps pace, and converting once while packing is cheaper than
 * at every use. Sums are therefore in double within a block of DEPTH terms, and float32 between blocks. The order of
 * summation of an element does not depend on the size of the batch: a row comes out the same in every call.
 */

/** Terms of a sum per block: a panel of four takes 8 KB, so that one of each side fits the first-level cache. */
const DEPTH = 256;
/** Rows of the left matrix per block: 128 KB packed. */
const ROWS = 64;
/** Columns of the right matrix per block: 1 MB packed. */
const COLUMNS = 512;
/** Up to this many rows, packing the right matrix costs more than it saves. */
const FEW_ROWS = 32;

const leftPanels = new Float64Array(ROWS * DEPTH);
const rightPanels = new Float64Array(COLUMNS * DEPTH);
const edge = new Float32Array(16);

/** A float32 matrix inside an array: element (i, j) stands at offset + i·rowStride + j·columnStride. */
export interface Matrix {
  data: Float32Array;
  offset: number;
  rowStride: number;
  columnStride: number;
}

/** c += alpha · left · right: [m × k] · [k × n], c contiguous at cOffset. */
export function multiplyAdd(
  m: number,
  n: number,
  k: number,
  alpha: number,
  left: Matrix,
  right: Matrix,
  c: Float32Array,
  cOffset: number,
): void {
  // In a short product the right matrix is read where it stands; only its last n mod 4 columns are packed.
  const direct = m <= FEW_ROWS;
  for (let p = 0; p < k; p += DEPTH) {
    const depth = Math.min(DEPTH, k - p);
    for (let j = 0; j < n; j += COLUMNS) {
      const columns = Math.min(COLUMNS, n - j);
      const right_pj = right.offset + p * right.rowStride + j * right.columnStride;
      const directColumns = direct ? columns & ~3 : 0;
      pack(
        right.data,
        right_pj + directColumns * right.columnStride,
        right.columnStride,
        right.rowStride,
        columns - directColumns,
        depth,
        1,
        rightPanels,
      );
      for (let i = 0; i < m; i += ROWS) {
        const rows = Math.min(ROWS, m - i);
        const left_ip = left.offset + i * left.rowStride + p * left.columnStride;
        pack(left.data, left_ip, left.rowStride, left.columnStride, rows, depth, alpha, leftPanels);
        for (let jj = 0; jj < columns; jj += 4) {
          const packed = (jj - directColumns) * depth;
          for (let ii = 0; ii < rows; ii += 4) {
            const c_ij = cOffset + (i + ii) * n + j + jj;
            const height = Math.min(4, rows - ii);
            const width = Math.min(4, columns - jj);
            const whole = height === 4 && width === 4;
            if (!whole) copyTile(c, c_ij, n, edge, 0, 4, height, width);
            const target = whole ? c : edge;
            const target_ij = whole ? c_ij : 0;
            const targetStride = whole ? n : 4;
            if (packed >= 0) addPackedTile(depth, ii * depth, packed, target, target_ij, targetStride);
            else {
              const right_j = right_pj + jj * right.columnStride;
              addDirectTile(depth, ii * depth, right, right_j, target, target_ij, targetStride);
            }
            if (!whole) copyTile(edge, 0, 4, c, c_ij, n, height, width);
          }
        }
      }
    }
  }
}

/**
 * Packs `count` rows (outerStride apart) of `depth` elements (innerStride apart) into panels of four, element by
 * element: panel[p·4 + row]. The last panel is filled up with zeros.
 */
function pack(
  source: Float32Array,
  offset: number,
  outerStride: number,
  innerStride: number,
  count: number,
  depth: number,
  scale: number,
  panels: Float64Array,
): void {
  let to = 0;
  for (let row = 0; row < count; row += 4) {
    let s0 = offset + row * outerStride;
    if (row + 4 <= count) {
      let s1 = s0 + outerStride;
      let s2 = s1 + outerStride;
      let s3 = s2 + outerStride;
      for (let p = 0; p < depth; p++) {
        panels[to] = scale * source[s0];
        panels[to + 1] = scale * source[s1];
        panels[to + 2] = scale * source[s2];
        panels[to + 3] = scale * source[s3];
        to += 4;
        s0 += innerStride;
        s1 += innerStride;
        s2 += innerStride;
        s3 += innerStride;
      }
    } else {
      for (let p = 0; p < depth; p++) {
        for (let r = 0; r < 4; r++) panels[to + r] = row + r < count ? scale * source[s0 + r * outerStride] : 0;
        to += 4;
        s0 += innerStride;
      }
    }
  }
}

function copyTile(
  source: Float32Array,
  from: number,
  fromStride: number,
  target: Float32Array,
  to: number,
  toStride: number,
  height: number,
  width: number,
): void {
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) target[to + i * toStride + j] = source[from + i * fromStride + j];
  }
}

/** c[4 × 4] += left panel · right panel */
function addPackedTile(
  depth: number,
  leftOffset: number,
  rightOffset: number,
  c: Float32Array,
  cOffset: number,
  cStride: number,
): void {
  const a = leftPanels;
  const b = rightPanels;
  let [c00, c01, c02, c03] = [0, 0, 0, 0];
  let [c10, c11, c12, c13] = [0, 0, 0, 0];
  let [c20, c21, c22, c23] = [0, 0, 0, 0];
  let [c30, c31, c32, c33] = [0, 0, 0, 0];
  for (let p = 0; p < depth; p++) {
    const b0 = b[rightOffset];
    const b1 = b[rightOffset + 1];
    const b2 = b[rightOffset + 2];
    const b3 = b[rightOffset + 3];
    const a0 = a[leftOffset];
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    const a1 = a[leftOffset + 1];
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    const a2 = a[leftOffset + 2];
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    const a3 = a[leftOffset + 3];
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
    leftOffset += 4;
    rightOffset += 4;
  }
  addRow(c, cOffset, c00, c01, c02, c03);
  addRow(c, cOffset + cStride, c10, c11, c12, c13);
  addRow(c, cOffset + 2 * cStride, c20, c21, c22, c23);
  addRow(c, cOffset + 3 * cStride, c30, c31, c32, c33);
}

/** c[4 × 4] += left panel · four columns of the right matrix where they stand */
function addDirectTile(
  depth: number,
  leftOffset: number,
  right: Matrix,
  rightOffset: number,
  c: Float32Array,
  cOffset: number,
  cStride: number,
): void {
  const a = leftPanels;
  const { data: b, rowStride, columnStride } = right;
  const second = columnStride;
  const third = 2 * columnStride;
  const fourth = 3 * columnStride;
  let [c00, c01, c02, c03] = [0, 0, 0, 0];
  let [c10, c11, c12, c13] = [0, 0, 0, 0];
  let [c20, c21, c22, c23] = [0, 0, 0, 0];
  let [c30, c31, c32, c33] = [0, 0, 0, 0];
  for (let p = 0; p < depth; p++) {
    const b0 = b[rightOffset];
    const b1 = b[rightOffset + second];
    const b2 = b[rightOffset + third];
    const b3 = b[rightOffset + fourth];
    const a0 = a[leftOffset];
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    const a1 = a[leftOffset + 1];
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    const a2 = a[leftOffset + 2];
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    const a3 = a[leftOffset + 3];
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
    leftOffset += 4;
    rightOffset += rowStride;
  }
  addRow(c, cOffset, c00, c01, c02, c03);
  addRow(c, cOffset + cStride, c10, c11, c12, c13);
  addRow(c, cOffset + 2 * cStride, c20, c21, c22, c23);
  addRow(c, cOffset + 3 * cStride, c30, c31, c32, c33);
}

function addRow(c: Float32Array, offset: number, c0: number, c1: number, c2: number, c3: number): void {
  c[offset] += c0;
  c[offset + 1] += c1;
  c[offset + 2] += c2;
  c[offset + 3] += c3;
}
