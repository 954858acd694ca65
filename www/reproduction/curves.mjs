/**
 * @file The curves of the reproduction page: which settings each is looked for among, and which of the measured
 * ones are on it.
 */

/**
 * One setting of a layer, as in a plan file.
 * @typedef {{ method: 'low_rank', rank: number } | { method: 'dictionary', atoms: number, nonzeros: number }} Setting
 * @typedef {Record<'fc1' | 'fc2', Setting>} Layers
 * @typedef {{ bytes: number, macs: number, accuracy: number, layers: Layers }} Point
 * @typedef {'low_rank' | 'dictionary' | 'low_rank-calibrated' | 'dictionary-calibrated'} CurveId
 * @typedef {{ id: CurveId, tried: number, points: Point[] }} Curve
 * @typedef {{ sizes: string, parameters: number, bytes: number, macs: number, accuracy: number, samples: number }} Model
 * @typedef {{ model: Model, curves: Curve[] }} Measured
 */

/** Ranks and numbers of atoms: the sizes of dictionaries that Sepal learns. */
const SIZES = [3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 31, 39, 49, 61, 76, 95, 119];
/** fc1 has at least this many; with fewer, no more than half of the images are recognised. */
const SMALLEST = 8;
/** How many steps of SIZES fc2 is smaller than fc1: the same size for both is not the best use of memory. */
const STEPS_DOWN = [6, 4, 2, 0];
/** Non-zeros per column of the code, as shares of the atoms. */
const DENSITIES = [0.1, 0.2, 0.3, 0.5];

/** Percentages that are equal may differ by this much. */
const ROUNDING = 1e-9;

/** Sizes of fc1 and fc2. */
function pairs() {
  return SIZES.filter((size) => size >= SMALLEST).flatMap((first) =>
    STEPS_DOWN.flatMap((steps) => {
      const second = SIZES[SIZES.indexOf(first) - steps];
      return second === undefined ? [] : [{ first, second }];
    }),
  );
}

/** @returns {Layers[]} */
function lowRank() {
  return pairs().map(({ first, second }) => ({
    fc1: { method: 'low_rank', rank: first },
    fc2: { method: 'low_rank', rank: second },
  }));
}

/** @returns {Layers[]} */
function dictionary() {
  return coded(pairs(), DENSITIES);
}

/** Every other size: behind real inputs each setting takes ten seconds. */
function coarseDictionary() {
  const coarse = pairs().filter(({ first }) => SIZES.indexOf(first) % 2 === 0);
  return coded(coarse, [0.1, 0.2]);
}

/**
 * @param {ReturnType<typeof pairs>} sizes
 * @param {number[]} densities
 * @returns {Layers[]}
 */
function coded(sizes, densities) {
  return sizes.flatMap(({ first, second }) =>
    densities.map((density) => ({ fc1: dictionaryOf(first, density), fc2: dictionaryOf(second, density) })),
  );
}

/**
 * @param {number} atoms
 * @param {number} density
 * @returns {Setting}
 */
function dictionaryOf(atoms, density) {
  return { method: 'dictionary', atoms, nonzeros: Math.max(1, Math.round(atoms * density)) };
}

/**
 * The curves in the order in which they are drawn and listed. `calibrated` ones fit to unlabelled samples, by
 * the option --fit of "sepal compress".
 * @type {{ id: CurveId, title: string, calibrated: boolean, settings: () => Layers[] }[]}
 */
export const CURVES = [
  { id: 'low_rank', title: 'SVD', calibrated: false, settings: lowRank },
  { id: 'dictionary', title: 'Sparse coding', calibrated: false, settings: dictionary },
  { id: 'low_rank-calibrated', title: 'SVD, data-aware', calibrated: true, settings: lowRank },
  { id: 'dictionary-calibrated', title: 'Sparse coding, data-aware', calibrated: true, settings: coarseDictionary },
];

/** @param {CurveId} id */
export function titleOf(id) {
  return CURVES.find((curve) => curve.id === id)?.title ?? id;
}

/**
 * The points that no other one beats in both cost and accuracy, by rising cost.
 * @param {Point[]} points
 * @param {'bytes' | 'macs'} cost
 * @returns {Point[]}
 */
export function paretoBest(points, cost) {
  const sorted = [...points].sort((a, b) => a[cost] - b[cost] || b.accuracy - a.accuracy);
  let best = Number.NEGATIVE_INFINITY;
  return sorted.filter(({ accuracy }) => {
    const better = accuracy > best;
    best = Math.max(best, accuracy);
    return better;
  });
}

/**
 * The measured point of least cost that loses at most so many points of accuracy.
 * @param {Measured} measured
 * @param {Curve} curve
 * @param {'bytes' | 'macs'} cost
 * @param {number} loss
 * @returns {Point | null}
 */
export function cheapestWithin({ model }, { points }, cost, loss) {
  const kept = points.filter(({ accuracy }) => accuracy >= model.accuracy - loss - ROUNDING);
  return kept.sort((a, b) => a[cost] - b[cost])[0] ?? null;
}
