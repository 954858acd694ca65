/** @file Non-negative least squares, for a handful of unknowns. */

const ROUNDS = 20_000;

/**
 * The x >= 0 with the least relative error of `rows` x against `targets`: each equation is divided by its target, so
 * that small runs count as much as large ones. Coordinate descent on the normal equations.
 * @param {number[][]} rows
 * @param {number[]} targets
 * @returns {number[]}
 */
export function nonNegativeLeastSquares(rows, targets) {
  const scaled = rows.map((row, i) => row.map((value) => value / Math.max(targets[i] ?? 1, 1)));
  const size = rows[0]?.length ?? 0;
  // Unknowns of very different sizes: each column is brought to a largest element of 1.
  const units = Array.from({ length: size }, (_, j) => Math.max(...scaled.map((row) => row[j] ?? 0)) || 1);
  const normal = scaled.map((row) => row.map((value, j) => value / (units[j] ?? 1)));
  const gram = units.map((_, i) => units.map((_, j) => dot(column(normal, i), column(normal, j))));
  const right = units.map((_, j) => column(normal, j).reduce((a, b) => a + b, 0));
  const x = units.map(() => 0);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let j = 0; j < size; j += 1) {
      const own = gram[j]?.[j] ?? 0;
      if (own > 0) {
        const rest = (right[j] ?? 0) - dot(gram[j] ?? [], x) + own * (x[j] ?? 0);
        x[j] = Math.max(0, rest / own);
      }
    }
  }
  return x.map((value, j) => value / (units[j] ?? 1));
}

/**
 * @param {number[][]} rows
 * @param {number} j
 */
function column(rows, j) {
  return rows.map((row) => row[j] ?? 0);
}

/**
 * @param {number[]} a
 * @param {number[]} b
 */
function dot(a, b) {
  return a.reduce((all, value, i) => all + value * (b[i] ?? 0), 0);
}
