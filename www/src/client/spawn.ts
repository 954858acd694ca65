/**
 * Starts workers.
 */
import type { WorkerName } from '../protocol/message.ts';

export const spawn = (name: WorkerName): Worker =>
  new Worker(new URL('../worker/engine.worker.ts', import.meta.url), { type: 'module', name });
