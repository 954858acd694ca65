/**
 * From what was thrown to what is said at the top of the page.
 */
import { CallError } from '../client/rpc.ts';
import type { SepalError } from '../protocol/generated.ts';
import * as store from './store.ts';

/** `name` is the file, or what was being done: apply, evaluate. */
export const report = (name: string, thrown: unknown): void => {
  if (!(thrown instanceof CallError)) {
    store.notice.value = { kind: 'fetch_failed', name };
    return;
  }
  if (thrown.superseded) return;
  store.notice.value =
    thrown.report === null
      ? { kind: 'error', title: name, error: thrown.error }
      : { kind: 'crashed', title: name, stage: thrown.error.stage, report: thrown.report };
};

/** The engine's refusal of a file; anything else is thrown again. */
export const unlessRefused = (thrown: unknown): SepalError => {
  if (!(thrown instanceof CallError) || thrown.superseded) throw thrown;
  return thrown.error;
};
