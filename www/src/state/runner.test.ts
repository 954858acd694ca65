import { beforeEach, expect, test, vi } from 'vitest';
import type { EvaluatePool, ScoreAsk } from '../client/evaluate.ts';
import { CallError } from '../client/rpc.ts';
import type { ApplyAsk, SessionClient } from '../client/session.ts';
import type { Applied, Score } from '../protocol/generated.ts';
import { type AppliedModel, SUPERSEDED } from '../protocol/message.ts';
import { classScore } from '../protocol/score.ts';
import { initialControls } from './controls.ts';
import * as derived from './derived.ts';
import { openTestModel, openTestSamples, testModel } from './fixture.ts';
import { Runner } from './runner.ts';
import * as store from './store.ts';

type Open<Ask, Answer> = { ask: Ask; answer: (value: Answer) => void; fail: (error: CallError) => void };

/** A service whose calls stay open until the test answers them. */
const service = <Ask, Answer>() => {
  const calls: Open<Ask, Answer>[] = [];
  const call = (ask: Ask): Promise<Answer> =>
    new Promise((answer, fail) => {
      calls.push({ ask, answer, fail });
    });
  return { calls, call };
};

const frames: (() => void)[] = [];
const settle = async (): Promise<void> => {
  for (const frame of frames.splice(0)) frame();
  await new Promise((done) => setTimeout(done, 0));
};

const applied = (bytes: number): Applied => ({
  parameters: 1,
  bytes,
  macs: 1,
  reconstructionError: 0.1,
  fit: 'plain',
  layers: [],
  resumeAt: null,
  device: { refused: 'not tried' },
  notes: [],
});
const done = (bytes: number): AppliedModel => ({ applied: applied(bytes), bytes: new Uint8Array(1), factored: [] });
const superseded = new CallError({ code: SUPERSEDED, stage: 'queue', node: null, message: '', hint: null }, false);

const applies = service<ApplyAsk, AppliedModel>();
const scores = service<ScoreAsk, Score>();
const setRank = (rank: number): void => {
  store.controls.value = { ...store.controls.value, rank };
};

vi.stubGlobal('requestAnimationFrame', (frame: () => void) => frames.push(frame));
const view = testModel();
store.controls.value = initialControls(view);
store.model.value = openTestModel(view);
store.samples.value = openTestSamples(1000);
new Runner(
  { apply: applies.call, cancel: () => Promise.resolve() } as unknown as SessionClient,
  { score: scores.call } as unknown as EvaluatePool,
).start();

beforeEach(async () => {
  applies.calls.length = 0;
  scores.calls.length = 0;
  store.results.value = new Map();
  store.lastShown.value = null;
  store.generation.value += 1;
  await settle();
});

test('a coarse figure, then the exact one', async () => {
  expect(derived.shown.value).toBeNull();
  applies.calls[0]?.answer(done(500));
  await settle();
  expect(scores.calls[0]?.ask.limit).toBe(1000);
  scores.calls[0]?.ask.report(classScore(190, 200));
  expect(derived.shown.value).toMatchObject({ trust: 'coarse', result: { score: { samples: 200 } } });
  scores.calls[0]?.answer(classScore(960, 1000));
  await settle();
  expect(derived.shown.value).toMatchObject({ trust: 'exact', result: { score: { correct: 960 } } });
  expect(store.activity.value.kind).toBe('idle');
});

test('many changes in a frame are one request', async () => {
  for (const rank of [11, 23, 47]) setRank(rank);
  await settle();
  expect(applies.calls).toHaveLength(2);
  expect(applies.calls[1]?.ask.plan).toEqual(derived.plan.value);
});

test('an old result is shown as old, with the settings that it belongs to', async () => {
  applies.calls[0]?.answer(done(500));
  await settle();
  scores.calls[0]?.answer(classScore(960, 1000));
  await settle();
  const before = store.controls.value;
  setRank(90);
  await settle();
  expect(derived.shown.value?.trust).toBe('stale');
  expect(derived.shown.value?.result.controls).toEqual(before);
});

test('a late answer is stored under its own plan and not shown for another', async () => {
  setRank(30);
  await settle();
  const late = applies.calls[applies.calls.length - 1];
  setRank(80);
  await settle();
  late?.answer(done(333));
  await settle();
  expect(derived.current.value).toBeNull();
  expect([...store.results.value.values()].map((result) => result.applied.bytes)).toEqual([333]);
  expect(scores.calls).toHaveLength(0);
});

test('superseded work is no error, and settings seen before answer at once', async () => {
  setRank(30);
  await settle();
  applies.calls[0]?.fail(superseded);
  applies.calls[1]?.answer(done(500));
  await settle();
  scores.calls[0]?.answer(classScore(960, 1000));
  await settle();
  expect(store.notice.value).toBeNull();
  setRank(80);
  await settle();
  const asked = applies.calls.length;
  setRank(30);
  expect(derived.shown.value?.trust).toBe('exact');
  await settle();
  expect(applies.calls).toHaveLength(asked);
});

test('results of another model are thrown away', async () => {
  store.generation.value += 1;
  applies.calls[0]?.answer(done(500));
  await settle();
  expect(store.results.value.size).toBe(0);
});
