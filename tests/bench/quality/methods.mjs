/**
 * @file The methods of the quality bench, alone and combined, and the rows that a model gets: which method under
 * which limit. Pure.
 */

/** @typedef {import('./models.mjs').Goal} Goal */
/** @typedef {import('./models.mjs').Model} Model */

/**
 * @typedef {object} Method
 * @property {string} id
 * @property {string} title
 * @property {boolean} peer whether it is here to be compared with
 * @property {string[]} twins the plain forms that it must beat
 * @property {'all' | 'convolutions' | 'separation' | 'layer'} where the models that it is tried on
 * @property {string | null} methods of sepal fit; null for all of them
 * @property {string} values of sepal fit
 * @property {'plain' | 'calibrated' | 'sequential'} fit of sepal fit
 */

/**
 * A row to be measured: a method under limits in bytes and multiply-accumulates, for all layers or one.
 * @typedef {{ method: Method, goal: Goal | null, task: import('./models.mjs').LayerTask | null }} Job
 */

/** Those that an integer device runs. */
const ALL_VALUES = 'int8,int4,codebook,codebook3';

/**
 * A factorisation without data and with it.
 * @param {string} plain its id
 * @param {string} aware
 * @param {string} name
 * @param {Pick<Method, 'methods' | 'where'> & { peer: boolean }} rest
 * @returns {Method[]}
 */
function twins(plain, aware, name, { methods, where, peer }) {
  const both = { methods, where, values: 'float' };
  return [
    { ...both, id: plain, title: `plain ${name}`, fit: 'plain', peer, twins: [] },
    { ...both, id: aware, title: `data-aware ${name}`, fit: 'calibrated', peer: false, twins: [plain] },
  ];
}

/**
 * Pruning with refit, in the form of its values.
 * @param {string} values
 * @param {string[]} plain
 * @returns {Method}
 */
function pruning(values, plain) {
  const id = values === 'float' ? 'prune' : `prune-${values}`;
  const title = `pruning with refit, ${values}`;
  return { id, title, values, twins: plain, methods: 'prune', fit: 'sequential', peer: false, where: 'all' };
}

/** @type {Method[]} */
export const METHODS = [
  ...twins('svd', 'low_rank', 'SVD', { methods: 'low_rank', where: 'layer', peer: true }),
  ...twins('ksvd', 'dictionary', 'K-SVD', { methods: 'dictionary', where: 'layer', peer: true }),
  ...twins('channel-plain', 'channel', '1x1 + dxd', { methods: 'channel', where: 'convolutions', peer: false }),
  ...twins('separation-plain', 'separation', 'separation', { methods: 'separation', where: 'separation', peer: false }),
  {
    id: 'double_sparse',
    title: 'double sparse factors',
    methods: 'double_sparse',
    values: 'float',
    fit: 'sequential',
    peer: false,
    twins: [],
    where: 'all',
  },
  pruning('float', ['magnitude', 'magnitude-global', 'wanda']),
  pruning('int8', []),
  pruning('codebook', []),
  {
    id: 'combined',
    title: 'everything combined',
    methods: null,
    values: ALL_VALUES,
    fit: 'sequential',
    peer: false,
    twins: [],
    where: 'all',
  },
];

/** Formats of values that are tried with no other method: all layers, nothing left out. */
export const VALUES = ['int8', 'int4', 'codebook', 'codebook3'];

/** The peers that quality_peers.py measures, and whether calibration samples choose anything in them. */
export const PEERS = {
  magnitude: { title: 'magnitude pruning, each layer', calibrated: false },
  'magnitude-global': { title: 'magnitude pruning, all layers', calibrated: false },
  wanda: { title: 'Wanda', calibrated: true },
  'int8-onnxruntime': { title: "onnxruntime's int8", calibrated: true },
};

/**
 * The goals of a model that a run measures.
 * @param {Model} model
 * @param {boolean} quick
 */
export function goalsOf(model, quick) {
  return quick ? model.goals.filter(({ ratio }) => model.quick.includes(ratio)) : model.goals;
}

/**
 * The goals of a method. Limits on multiply-accumulates hold for all methods combined, and for separation.
 * @param {Method} method
 * @param {Model} model
 * @param {boolean} quick
 * @returns {Goal[]}
 */
function goalsFor(method, model, quick) {
  if (method.where === 'separation') {
    return model.separation;
  }
  if (method.where === 'convolutions' && !model.convolutions) {
    return [];
  }
  const goals = goalsOf(model, quick);
  return method.id === 'combined' ? goals : goals.map(({ ratio }) => ({ ratio }));
}

/**
 * All rows that sepal fit makes for a model.
 * @param {Model} model
 * @param {boolean} quick
 * @returns {Job[]}
 */
export function jobsOf(model, quick) {
  const whole = METHODS.flatMap((method) =>
    goalsFor(method, model, quick).map((goal) => ({ method, goal, task: null })),
  );
  const ofLayers = METHODS.filter(({ where }) => where === 'layer');
  const single = model.layerTasks.flatMap((task) => ofLayers.map((method) => ({ method, goal: null, task })));
  return [...whole, ...single];
}

/**
 * The limits of a job as options of sepal fit.
 * @param {Job} job
 * @param {{ bytes: number, macs: number, layers: { name: string, shape: number[] }[] }} base
 * @returns {string[]}
 */
export function limitsOf({ goal, task }, base) {
  if (task !== null) {
    const shape = base.layers.find(({ name }) => name === task.layer)?.shape ?? [];
    const weights = 4 * shape.reduce((product, size) => product * size, 1);
    return ['--only', task.layer, '--flash', String(base.bytes - weights + task.bytes)];
  }
  const flash = goal !== null && goal.ratio > 1 ? ['--flash', String(Math.floor(base.bytes / goal.ratio))] : [];
  const macs = goal?.macsRatio === undefined ? [] : ['--macs', String(Math.floor(base.macs / goal.macsRatio))];
  return [...flash, ...macs];
}
