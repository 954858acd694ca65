import { beforeEach, expect, test } from 'vitest';
import type { EvaluatePool, VerifyAsk } from '../client/evaluate.ts';
import { CallError } from '../client/rpc.ts';
import type { SessionClient } from '../client/session.ts';
import { type CallFailure, SUPERSEDED, type Verification } from '../protocol/message.ts';
import { classScore } from '../protocol/score.ts';
import { initialControls } from './controls.ts';
import * as derived from './derived.ts';
import { openTestModel, openTestSamples, testModel } from './fixture.ts';
import * as store from './store.ts';
import { Verifier } from './verifier.ts';

const found: Verification = {
  score: classScore(97, 100),
  agreement: classScore(99, 100),
  highWaterBytes: 1204,
  arenaBytes: 1204,
  crc: '1a2b3c4d',
};

type Call = { ask: VerifyAsk; answer: (value: Verification) => void; fail: (error: CallError) => void };
const calls: Call[] = [];
const cancelled: string[] = [];
const failure = (code: CallFailure['code']): CallError =>
  new CallError({ code, stage: 'artifact', node: null, message: 'it does not run', hint: null }, false);

const session = {
  artifact: () => Promise.resolve({ bytes: new Uint8Array(8), order: null }),
  apply: () => Promise.resolve({ bytes: new Uint8Array(4) }),
  cancel: (lane: string) => Promise.resolve(cancelled.push(lane)),
} as unknown as SessionClient;
const pool = {
  verify: (ask: VerifyAsk) =>
    new Promise<Verification>((answer, fail) => {
      calls.push({ ask, answer, fail });
    }),
  cancel: (lane: string) => Promise.resolve(cancelled.push(lane)),
} as unknown as EvaluatePool;
const verifier = new Verifier(session, pool);

const turn = (): Promise<void> => new Promise((done) => setTimeout(done, 0));
const kind = (): string => store.verification.value.kind;

const view = testModel();
store.controls.value = initialControls(view);
store.model.value = openTestModel(view);
verifier.start();

beforeEach(() => {
  store.samples.value = openTestSamples(100);
  store.controls.value = { ...store.controls.value, rank: 25 };
  store.verification.value = { kind: 'none' };
  calls.length = 0;
  cancelled.length = 0;
});

test('what is found is said of its settings, of no others, and of them again', async () => {
  const done = verifier.verify();
  await turn();
  calls[0]?.ask.report(classScore(10, 12));
  expect(store.verification.value).toMatchObject({ kind: 'running', samples: 12 });
  calls[0]?.answer(found);
  expect(await done).toBe(found);
  expect(derived.verified.value).toBe(found);
  store.controls.value = { ...store.controls.value, rank: 60 };
  expect(derived.verified.value).toBeNull();
  store.controls.value = { ...store.controls.value, rank: 25 };
  expect(derived.verified.value).toBe(found);
});

test('what has been found is not asked for again', async () => {
  const first = verifier.verify();
  await turn();
  calls[0]?.answer(found);
  await first;
  expect(await verifier.verify()).toBe(found);
  expect(calls).toHaveLength(1);
});

test('other settings end a verification, and its late answer counts for nothing', async () => {
  const done = verifier.verify();
  await turn();
  store.controls.value = { ...store.controls.value, rank: 60 };
  expect(kind()).toBe('none');
  expect(cancelled).toEqual(['verify', 'verify']);
  calls[0]?.answer(found);
  expect(await done).toBeNull();
  expect(kind()).toBe('none');
});

test('a verification that was called off does not disturb the next one', async () => {
  const first = verifier.verify();
  await turn();
  await verifier.cancel();
  const second = verifier.verify();
  calls[0]?.fail(failure(SUPERSEDED));
  expect(await first).toBeNull();
  expect(kind()).toBe('running');
  await turn();
  calls[1]?.answer(found);
  expect(await second).toBe(found);
});

test('an artifact that does not run is said to be none', async () => {
  const done = verifier.verify();
  await turn();
  calls[0]?.fail(failure('evaluate'));
  expect(await done).toBeNull();
  expect(store.verification.value).toMatchObject({ kind: 'failed', error: { message: 'it does not run' } });
});

test('without samples there is nothing to verify with', async () => {
  store.samples.value = null;
  expect(await verifier.verify()).toBeNull();
  expect(kind()).toBe('none');
});
