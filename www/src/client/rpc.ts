/**
 * The page's end of the protocol: one worker, typed requests, answers matched by id. A worker that traps, fails to
 * load, or gives no sign of life while something waits on it is ended; everything that waited on it fails with
 * `fatal`, and whoever owns it starts another.
 */
import { type CallFailure, NEEDS_WHOLE, type Reply, SUPERSEDED } from '../protocol/message.ts';

type CallTable = { [kind: string]: { ask: unknown; answer: unknown; report: unknown } };

type Waiting = {
  resolve: (answer: unknown) => void;
  reject: (error: CallError) => void;
  report: (value: unknown) => void;
};

export type CallOptions<Report> = { epoch?: number; transfer?: Transferable[]; report?: (value: Report) => void };

export class CallError extends Error {
  readonly error: CallFailure;
  /** The worker is gone. */
  readonly fatal: boolean;
  /** What to send to those who can mend it, if it is for them. */
  readonly report: string | null;

  constructor(error: CallFailure, fatal: boolean, report: string | null = null) {
    super(error.message);
    this.error = error;
    this.fatal = fatal;
    this.report = report;
  }

  get superseded(): boolean {
    return this.error.code === SUPERSEDED;
  }
}

/** Whether a worker has ended. */
export const isCrash = (thrown: unknown): thrown is CallError => thrown instanceof CallError && thrown.fatal;

/** Whether a worker has ended because its module is the light one, and more is asked of it. */
export const needsWhole = (thrown: CallError): boolean => thrown.error.code === NEEDS_WHOLE;

const SILENT: CallFailure = {
  code: 'silent',
  stage: 'worker',
  node: null,
  message: 'The engine gave no answer for two minutes.',
  hint: null,
};

const superseded = (): CallError =>
  new CallError({ code: SUPERSEDED, stage: 'client', node: null, message: '', hint: null }, false);

/** Between two looks at whether a worker still answers. */
const BEAT_MILLIS = 5000;
/**
 * Looks without a sign of life after which it is given up: two minutes, because the longest single steps, a large
 * singular value decomposition or the opening of a large file, take as much as half of that on a slow phone. Looks
 * are counted, not time, so that a laptop that slept does not end what it woke with.
 */
const BEATS = 24;

export class Rpc<Calls extends CallTable> {
  readonly #worker: Worker;
  #silentBeats = 0;
  #beat: ReturnType<typeof setTimeout> | null = null;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  /** Why the worker is gone, once it is. */
  #ended: CallError | null = null;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = (event: MessageEvent<Reply>) => this.#receive(event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      const message = event.message || 'The worker could not be started.';
      this.#crash({ code: 'worker', stage: 'worker', node: null, message, hint: null });
    };
  }

  call<Kind extends keyof Calls & string>(
    kind: Kind,
    ask: Calls[Kind]['ask'],
    options: CallOptions<Calls[Kind]['report']> = {},
  ): Promise<Calls[Kind]['answer']> {
    if (this.#ended) return Promise.reject(this.#ended);
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => {
      const report = (value: unknown): void => options.report?.(value);
      this.#waiting.set(id, { resolve, reject, report });
    });
    const epoch = options.epoch ?? 0;
    this.#worker.postMessage({ type: 'request', id, epoch, kind, ask }, options.transfer ?? []);
    this.#watch();
    return answer;
  }

  /** Ends the worker on purpose: what waited counts as superseded. */
  end(): void {
    this.#close(superseded());
  }

  /** Asks for a sign of life now and then, as long as something waits. */
  #watch(): void {
    if (this.#beat !== null || this.#waiting.size === 0) return;
    this.#beat = setTimeout(() => {
      this.#beat = null;
      if (this.#waiting.size === 0) return;
      this.#silentBeats += 1;
      if (this.#silentBeats > BEATS) {
        this.#crash(SILENT);
        return;
      }
      this.#worker.postMessage({ type: 'ping' });
      this.#watch();
    }, BEAT_MILLIS);
  }

  #crash(error: CallFailure): void {
    this.#close(new CallError(error, true));
  }

  #close(error: CallError): void {
    this.#ended ??= error;
    if (this.#beat !== null) clearTimeout(this.#beat);
    this.#worker.terminate();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const call of waiting) call.reject(error);
  }

  #receive(reply: Reply): void {
    this.#silentBeats = 0;
    if (reply.type === 'pong') return;
    const call = this.#waiting.get(reply.id);
    if (!call) return;
    if (reply.type === 'progress') {
      call.report(reply.report);
      return;
    }
    if (reply.type === 'failure' && reply.fatal) {
      this.#crash(reply.error);
      return;
    }
    this.#waiting.delete(reply.id);
    if (reply.type === 'success') call.resolve(reply.answer);
    else call.reject(new CallError(reply.error, false));
  }
}
