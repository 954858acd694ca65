import { beforeEach, expect, test, vi } from 'vitest';
import type { CallFailure, Reply } from '../protocol/message.ts';

type Request = { type: string; id: number; epoch: number; kind: string };
type Answer = { fatal: boolean; code?: 'needs_whole' } | { answer: unknown };

const TRAP: CallFailure = { code: 'internal', stage: 'worker', node: null, message: 'unreachable', hint: null };

/** What the n-th worker says to a request; workers are counted from 1. */
let respond: (worker: number, kind: string) => Answer = () => ({ answer: {} });
let workers = 0;

class FakeWorker {
  onmessage: ((event: { data: Reply }) => void) | null = null;
  readonly terminate = vi.fn();
  readonly #number: number;
  constructor() {
    workers += 1;
    this.#number = workers;
  }
  postMessage({ type, id, epoch, kind }: Request): void {
    if (type !== 'request') return;
    const said = kind === 'boot' ? { answer: { version: '1' } } : respond(this.#number, kind);
    const reply: Reply =
      'fatal' in said
        ? { type: 'failure', id, epoch, error: { ...TRAP, code: said.code ?? TRAP.code }, fatal: said.fatal }
        : { type: 'success', id, epoch, answer: said.answer };
    queueMicrotask(() => this.onmessage?.({ data: reply }));
  }
}

vi.mock('./spawn.ts', () => ({ spawn: () => new FakeWorker() }));
vi.stubGlobal('navigator', { userAgent: 'a test', hardwareConcurrency: 2 });
const { SessionClient } = await import('./session.ts');

const MODEL = { files: [{ name: 'net.onnx', bytes: new Uint8Array([1]) }], options: { sizes: {}, output: null } };
const takeWhole = vi.fn(async () => undefined);
const restarted = vi.fn();
const engines = { current: Promise.resolve({} as WebAssembly.Module), takeWhole };
const open = async () => {
  const client = new SessionClient(engines, restarted);
  await client.openModel(MODEL);
  return client;
};

beforeEach(() => {
  workers = 0;
  vi.clearAllMocks();
  respond = () => ({ answer: {} });
});

test('all that waited on a worker that ends goes to one other', async () => {
  const client = await open();
  respond = (worker) => (worker === 1 ? { fatal: true } : { answer: {} });
  await Promise.all([client.costs('a'), client.spectrum('a'), client.devices()]);
  expect(workers).toBe(2);
});

test('what the light module leaves to the whole one is asked again, and is no crash', async () => {
  respond = (worker) => (worker === 1 ? { fatal: true, code: 'needs_whole' } : { answer: worker });
  const client = await open();
  await expect(client.costs('a')).resolves.toBe(2);
  expect([workers, takeWhole.mock.calls.length, restarted.mock.calls.length]).toEqual([2, 1, 0]);
  respond = (worker) => (worker === 2 ? { fatal: true } : { answer: worker });
  await expect(client.costs('a')).resolves.toBe(3);
  expect([takeWhole.mock.calls.length, restarted.mock.calls.length]).toEqual([1, 1]);
});

test('where the whole module cannot be fetched, what was open goes on', async () => {
  respond = (worker, kind) => (kind === 'costs' ? { fatal: true, code: 'needs_whole' } : { answer: worker });
  const client = await open();
  takeWhole.mockRejectedValueOnce(new Error('offline'));
  await expect(client.costs('a')).rejects.toThrow('offline');
  await expect(client.spectrum('a')).resolves.toBe(2);
});

test('what ends two workers is refused with a report', async () => {
  const client = await open();
  respond = (_, kind) => (kind === 'spectrum' ? { fatal: true } : { answer: {} });
  const refused = client.spectrum('a');
  await expect(refused).rejects.toMatchObject({ fatal: false, error: { code: 'engine_crashed' } });
  await expect(client.costs('a')).resolves.toEqual({});
  expect(workers).toBe(3);
});

test('a model that no worker can be given again is refused until another is open', async () => {
  const client = await open();
  respond = (worker, kind) => (worker === 1 || kind === 'open_model' ? { fatal: true } : { answer: {} });
  for (const ask of [() => client.costs('a'), () => client.spectrum('a')]) {
    await expect(ask()).rejects.toMatchObject({ error: { code: 'engine_crashed' } });
  }
  respond = () => ({ answer: {} });
  await client.openModel({ ...MODEL, files: [{ name: 'other.onnx', bytes: new Uint8Array([2]) }] });
  await expect(client.costs('a')).resolves.toEqual({});
});
