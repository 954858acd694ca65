/**
 * What is thrown is said: refusals of the engine as they are, the connection's faults as such, all else as a fault.
 */
import { beforeEach, expect, test, vi } from 'vitest';
import { CallError } from '../client/rpc.ts';
import { type CallFailure, SUPERSEDED } from '../protocol/message.ts';
import { FetchError, report, unlessFault } from './complain.ts';
import * as store from './store.ts';

const refusal = (code: CallFailure['code'], text: string | null = null): CallError =>
  new CallError({ code, stage: 'apply', node: null, message: 'no', hint: null }, false, text);

vi.stubGlobal('navigator', { userAgent: 'a browser' });
beforeEach(() => {
  store.notice.value = null;
});

test('every kind has its notice', () => {
  report('a.onnx', refusal('malformed'));
  expect(store.notice.value).toMatchObject({ kind: 'error', title: 'a.onnx' });
  report('a.onnx', refusal('engine_crashed', 'File: a.onnx'));
  expect(store.notice.value).toMatchObject({ kind: 'crashed', report: 'File: a.onnx' });
  report('a.onnx', new FetchError('HTTP 404'));
  expect(store.notice.value).toEqual({ kind: 'fetch_failed', name: 'a.onnx' });
  report('apply', new TypeError('x is undefined'));
  expect(store.notice.value).toMatchObject({ kind: 'fault', title: 'apply' });
  expect(store.notice.value).toHaveProperty('report', expect.stringContaining('TypeError: x is undefined'));
});

test('what was overtaken is not said', () => {
  report('apply', refusal(SUPERSEDED));
  expect(store.notice.value).toBeNull();
});

test('where refusals are passed over, faults are not', () => {
  unlessFault(refusal('malformed'));
  expect(store.notice.value).toBeNull();
  unlessFault(new RangeError('of bounds'));
  expect(store.notice.value).toMatchObject({ kind: 'fault' });
});
