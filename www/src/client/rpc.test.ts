import { expect, test, vi } from 'vitest';
import type { CallFailure, Reply } from '../protocol/message.ts';
import { CallError, Rpc } from './rpc.ts';

type Calls = { double: { ask: number; answer: number; report: string } };
type Posted = { id: number; epoch: number; kind: string; ask: number };

const SOME_ERROR: CallFailure = { code: 'malformed', stage: 'import', node: null, message: 'no', hint: null };

/** The page's view of a worker, answered by hand. */
class FakeWorker {
  readonly posted: Posted[] = [];
  onmessage: ((event: { data: Reply }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  readonly terminate = vi.fn();
  postMessage(message: Posted): void {
    this.posted.push(message);
  }
  reply(data: Reply): void {
    this.onmessage?.({ data });
  }
}

const setUp = () => {
  const worker = new FakeWorker();
  return { worker, rpc: new Rpc<Calls>(worker as unknown as Worker) };
};

test('answers find their requests, in any order', async () => {
  const { worker, rpc } = setUp();
  const calls = [rpc.call('double', 1), rpc.call('double', 2)];
  const [first, second] = worker.posted;
  worker.reply({ type: 'success', id: second?.id ?? 0, epoch: 0, answer: 4 });
  worker.reply({ type: 'success', id: first?.id ?? 0, epoch: 0, answer: 2 });
  expect(await Promise.all(calls)).toEqual([2, 4]);
});

test('reports arrive before the answer', async () => {
  const { worker, rpc } = setUp();
  const reports: string[] = [];
  const call = rpc.call('double', 1, { epoch: 7, report: (value) => reports.push(value) });
  const [{ id, epoch } = { id: 0, epoch: 0 }] = worker.posted;
  worker.reply({ type: 'progress', id, epoch, report: 'half' });
  worker.reply({ type: 'success', id, epoch, answer: 2 });
  await call;
  expect([epoch, reports]).toEqual([7, ['half']]);
});

test('a failure concerns its own request only', async () => {
  const { worker, rpc } = setUp();
  const call = rpc.call('double', 1);
  worker.reply({ type: 'failure', id: 1, epoch: 0, error: SOME_ERROR, fatal: false });
  await expect(call).rejects.toMatchObject({ error: SOME_ERROR, fatal: false });
  expect(worker.terminate).not.toHaveBeenCalled();
});

test('a fatal failure ends the worker and everything that waits', async () => {
  const { worker, rpc } = setUp();
  const calls = [rpc.call('double', 1), rpc.call('double', 2)];
  worker.reply({ type: 'failure', id: 1, epoch: 0, error: SOME_ERROR, fatal: true });
  const settled = await Promise.allSettled(calls);
  const fatal = settled.map((one) => one.status === 'rejected' && one.reason instanceof CallError && one.reason.fatal);
  expect(fatal).toEqual([true, true]);
  await expect(rpc.call('double', 3)).rejects.toMatchObject({ fatal: true });
  expect(worker.terminate).toHaveBeenCalledOnce();
});

test('a worker that gives no sign of life while something waits is ended', async () => {
  vi.useFakeTimers();
  const { worker, rpc } = setUp();
  const call = expect(rpc.call('double', 1)).rejects.toMatchObject({ fatal: true, error: { code: 'silent' } });
  await vi.advanceTimersByTimeAsync(300_000);
  await call;
  expect(worker.terminate).toHaveBeenCalledOnce();
  vi.useRealTimers();
});

test('a slow worker that answers in between is not ended, nor one that nothing waits on', async () => {
  vi.useFakeTimers();
  const { worker, rpc } = setUp();
  const call = rpc.call('double', 1);
  for (let minute = 0; minute < 10; minute += 1) {
    await vi.advanceTimersByTimeAsync(60_000);
    worker.reply({ type: 'pong' });
  }
  worker.reply({ type: 'success', id: 1, epoch: 0, answer: 2 });
  expect(await call).toBe(2);
  const asked = worker.posted.length;
  await vi.advanceTimersByTimeAsync(600_000);
  expect(worker.posted.length - asked).toBeLessThanOrEqual(1);
  expect(worker.terminate).not.toHaveBeenCalled();
  vi.useRealTimers();
});

test('ending on purpose counts as superseded', async () => {
  const { rpc } = setUp();
  const call = rpc.call('double', 1);
  rpc.end();
  await expect(call).rejects.toMatchObject({ superseded: true });
  await expect(rpc.call('double', 2)).rejects.toMatchObject({ superseded: true });
});
