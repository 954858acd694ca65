/**
 * From what was thrown to what is said at the top of the page: the one place for that. Whatever is no refusal of the
 * engine and no fault of the connection is one of Sepal itself, and is shown as such.
 */
import { CallError } from '../client/rpc.ts';
import type { CallFailure } from '../protocol/message.ts';
import * as store from './store.ts';

/** A file of the page that could not be fetched. */
export class FetchError extends Error {}

/** `name` is the file, or what was being done: apply, evaluate; empty where that is not known. */
export const report = (name: string, thrown: unknown): void => {
  if (thrown instanceof CallError && thrown.superseded) return;
  store.notice.value = noticeOf(name, thrown);
};

const noticeOf = (name: string, thrown: unknown): store.Notice => {
  if (thrown instanceof FetchError) return { kind: 'fetch_failed', name };
  if (!(thrown instanceof CallError)) return { kind: 'fault', title: name, report: faultReport(thrown) };
  const { error, report: cause } = thrown;
  return cause === null
    ? { kind: 'error', title: name, error }
    : { kind: 'crashed', title: name, stage: error.stage, report: cause };
};

const faultReport = (thrown: unknown): string => {
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}\n${thrown.stack ?? ''}` : String(thrown);
  return `Sepal: a fault of the page\n${text}\nBrowser: ${navigator.userAgent}`;
};

/** What nobody has caught. */
export const reportUncaught = (): void => {
  addEventListener('unhandledrejection', ({ reason }) => report('', reason));
  addEventListener('error', ({ error, message }) => report('', error ?? message));
};

/** For what the rest of the page does not need: refusals of the engine are passed over, faults are not. */
export const unlessFault = (thrown: unknown): void => {
  if (!(thrown instanceof CallError)) report('', thrown);
};

/** The engine's refusal of a file; anything else is thrown again. */
export const unlessRefused = (thrown: unknown): CallFailure => {
  if (!(thrown instanceof CallError) || thrown.superseded) throw thrown;
  return thrown.error;
};
