import { beforeEach, expect, test } from 'vitest';
import { CallError } from '../client/rpc.ts';
import type { SessionClient } from '../client/session.ts';
import type { SearchProgress, SearchRequest } from '../protocol/generated.ts';
import type { CallFailure } from '../protocol/message.ts';
import { type Budget, canSearch, firstBudget, toggled } from './budget.ts';
import { initialControls, planOf, toggleLock } from './controls.ts';
import * as derived from './derived.ts';
import { openTestModel, testModel } from './fixture.ts';
import { requestOf, Searcher } from './searcher.ts';
import * as store from './store.ts';

const view = testModel();
const budget: Budget = firstBudget(view);
const plan = {
  seed: 1,
  fit: 'sequential',
  layers: { dense: { method: 'prune', nonzeros: 40, block: 1 } },
  values: { dense: 'codebook' },
} as const;
const progress = (change: Partial<SearchProgress>): SearchProgress => ({
  stage: 'tables',
  layer: null,
  step: 0,
  steps: 1,
  front: [],
  plan: null,
  binding: [],
  lost: null,
  metric: 'accuracy',
  labelled: false,
  samples: 0,
  heldOut: null,
  missed: false,
  ...change,
});

type Going = {
  request: SearchRequest;
  report: (progress: SearchProgress) => void;
  answer: (progress: SearchProgress) => void;
  fail: (error: unknown) => void;
};
const going: Going[] = [];
const cancelled: string[] = [];
const searcher = new Searcher({
  search: (request: SearchRequest, report: (progress: SearchProgress) => void) =>
    new Promise<SearchProgress>((answer, fail) => going.push({ request, report, answer, fail })),
  cancel: (lane: string) => {
    cancelled.push(lane);
    return Promise.resolve();
  },
} as unknown as SessionClient);
const turn = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

beforeEach(() => {
  going.length = 0;
  cancelled.length = 0;
  store.model.value = openTestModel(view);
  store.controls.value = initialControls(view);
  store.search.value = { kind: 'idle' };
});

test('a tenth of the memory, and no method that is slow to try', () => {
  expect(budget.limits).toEqual({ bytes: 320, macs: null, ramBytes: null, maxLoss: null });
  expect(budget.methods).toEqual(['low_rank', 'separation', 'prune']);
});

test('a search needs a limit and something to do', () => {
  const none = { bytes: null, macs: null, ramBytes: null, maxLoss: null };
  expect(canSearch(budget)).toBe(true);
  expect(canSearch({ ...budget, limits: none })).toBe(false);
  expect(canSearch({ ...budget, limits: { ...none, maxLoss: 0 } })).toBe(true);
  expect(canSearch({ ...budget, methods: [], values: ['float'] })).toBe(false);
  expect(canSearch({ ...budget, methods: [], values: ['int8'] })).toBe(true);
});

test('entries keep their order when they come and go', () => {
  expect(toggled(['a', 'b', 'c'], ['c'], 'a')).toEqual(['a', 'c']);
  expect(toggled(['a', 'b', 'c'], ['a', 'c'], 'a')).toEqual(['c']);
});

test('only layers that were locked by hand are passed as locked', () => {
  const dense = view.layers.find((layer) => layer.name === 'dense');
  if (!dense) throw new Error('fixture');
  const start = { ...initialControls(view), rank: 40 };
  expect(requestOf(view, start, budget, true).locked).toEqual({});
  const request = requestOf(view, toggleLock(start, dense), budget, false);
  expect(request.locked).toEqual({ dense: { setting: { method: 'low_rank', rank: 4 }, values: 'float' } });
  expect([request.fit, request.methods[0]]).toEqual(['plain', 'keep']);
});

test('it lands on the plan that is found, and the way back is open', async () => {
  const before = store.controls.value;
  void searcher.start(budget);
  going[0]?.report(progress({ stage: 'fit', plan }));
  expect(store.search.value).toMatchObject({ kind: 'running', progress: { stage: 'fit' } });
  expect(store.controls.value).toBe(before);
  going[0]?.answer(progress({ stage: 'done', plan, lost: 0.3, binding: ['bytes'] }));
  await turn();
  expect(planOf(view, store.controls.value)).toEqual(plan);
  expect(derived.found.value).toMatchObject({ stopped: false, progress: { lost: 0.3 } });
  searcher.undo();
  expect(store.controls.value).toBe(before);
});

test('stopped with a plan: it is taken; without: nothing changes', async () => {
  void searcher.start(budget);
  searcher.stop();
  expect([store.search.value.kind, cancelled]).toEqual(['stopped', ['search']]);
  void searcher.start(budget);
  going[1]?.report(progress({ stage: 'refine', plan }));
  searcher.stop();
  expect(store.search.value).toMatchObject({ kind: 'found', stopped: true });
  going[1]?.answer(progress({ stage: 'done', plan: null }));
  await turn();
  expect(planOf(view, store.controls.value)).toEqual(plan);
});

test('no plan within the limits: said with its hint, settings kept', async () => {
  const before = store.controls.value;
  void searcher.start(budget);
  const error: CallFailure = { code: 'no_plan', stage: 'search', node: null, message: 'no', hint: 'Raise the limit.' };
  going[0]?.fail(new CallError(error, false));
  await turn();
  expect(store.search.value).toEqual({ kind: 'failed', error });
  expect(store.controls.value).toBe(before);
});

test('a search of another model is forgotten', async () => {
  void searcher.start(budget);
  store.generation.value += 1;
  store.search.value = { kind: 'idle' };
  going[0]?.answer(progress({ stage: 'done', plan }));
  await turn();
  expect(store.search.value.kind).toBe('idle');
});
