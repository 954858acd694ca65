/**
 * The work of one worker: a step at a time from the lanes, so that newer work and cancelling are seen in between.
 * Knows nothing of what the steps do.
 */
import type { Lane } from '../protocol/message.ts';
import { type Job, LaneQueue } from './lanes.ts';
import { Pump } from './pump.ts';
import { fail, succeed, supersede, type Ticket } from './reply.ts';

type LaneRequest = Ticket & { ask: { lane: Lane } };

export class Jobs<Work> {
  readonly #queue = new LaneQueue<Work>();
  readonly #step: (job: Job<Work>) => void;
  readonly #pump = new Pump(() => this.#turn());

  /** `step` does a small piece of a job; one that throws has failed. */
  constructor(step: (job: Job<Work>) => void) {
    this.#step = step;
  }

  add({ id, epoch, ask }: LaneRequest, work: Work): void {
    for (const old of this.#queue.put({ id, epoch, lane: ask.lane, work })) supersede(old);
    this.#pump.wake();
  }

  cancel(request: LaneRequest): void {
    for (const old of this.#queue.cancel(request.ask.lane, request.epoch)) supersede(old);
    succeed(request, null);
  }

  finish(job: Job<Work>, answer: unknown, transfer: Transferable[] = []): void {
    this.#queue.remove(job);
    succeed(job, answer, transfer);
  }

  #turn(): boolean {
    const job = this.#queue.next();
    if (!job) return false;
    try {
      this.#step(job);
    } catch (thrown) {
      this.#queue.remove(job);
      fail(job, thrown);
    }
    return this.#queue.next() !== null;
  }
}
