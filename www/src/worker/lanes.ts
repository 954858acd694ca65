/**
 * What waits in a worker. Lanes, served in order; within a lane a newer epoch supersedes everything older.
 * Knows nothing of what the jobs do.
 */
import type { Lane } from '../protocol/message.ts';

export type Job<Work> = { id: number; epoch: number; lane: Lane; work: Work };

const ORDER: readonly Lane[] = ['now', 'base', 'verify', 'search', 'sweep'];

export class LaneQueue<Work> {
  readonly #lanes: Record<Lane, Job<Work>[]> = { now: [], base: [], verify: [], search: [], sweep: [] };

  /** Adds a job and returns those that it supersedes. A job older than its lane is itself the one returned. */
  put(job: Job<Work>): Job<Work>[] {
    const waiting = this.#lanes[job.lane];
    if (waiting.some((other) => other.epoch > job.epoch)) return [job];
    const old = waiting.filter((other) => other.epoch < job.epoch);
    this.#lanes[job.lane] = [...waiting.filter((other) => other.epoch === job.epoch), job];
    return old;
  }

  /** Empties a lane up to an epoch and returns what was in it. */
  cancel(lane: Lane, epoch: number): Job<Work>[] {
    const waiting = this.#lanes[lane];
    this.#lanes[lane] = waiting.filter((job) => job.epoch > epoch);
    return waiting.filter((job) => job.epoch <= epoch);
  }

  /** The job to work on now; it stays until it is removed, so that a more urgent one can go before it. */
  next(): Job<Work> | null {
    for (const lane of ORDER) {
      const first = this.#lanes[lane][0];
      if (first) return first;
    }
    return null;
  }

  remove(job: Job<Work>): void {
    this.#lanes[job.lane] = this.#lanes[job.lane].filter((other) => other !== job);
  }
}
