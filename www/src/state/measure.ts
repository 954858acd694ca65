/**
 * From a plan to its result: the engine applies it, the evaluators score what comes out, and the result is recorded
 * under the plan that it belongs to.
 */
import type { EvaluatePool } from '../client/evaluate.ts';
import type { SessionClient } from '../client/session.ts';
import type { Plan, Score } from '../protocol/generated.ts';
import type { AppliedModel, FactorReport, Lane } from '../protocol/message.ts';
import type { Controls } from './controls.ts';
import * as derived from './derived.ts';
import { recordResult } from './record.ts';

export type Engine = { session: SessionClient; pool: EvaluatePool };

/** What is measured, and of which model and samples. */
export type Subject = { generation: number; key: string; plan: Plan; controls: Controls };

export type Way = {
  lane: Lane;
  /** On how many samples, asked once the plan has been applied. */
  limit: () => number;
  /** What is known before the last score is recorded too, and what factoring has come to is told. */
  live?: {
    report: (value: FactorReport) => void;
    /** Told once the plan has been applied; whether it is still to be scored. */
    applied: (done: AppliedModel) => boolean;
  };
};

export const measure = async ({ session, pool }: Engine, subject: Subject, way: Way): Promise<void> => {
  const { generation, key, plan, controls } = subject;
  const { lane, limit, live } = way;
  const withBytes = derived.isMeasured.peek();
  const done = await session.apply({ plan, lane, withBytes, ...(live ? { report: live.report } : {}) });
  const record = (score: Score | null): void =>
    recordResult(generation, { key, plan, controls, applied: done.applied, score });
  const { bytes, applied } = done;
  if (live || !bytes) record(null);
  const isWanted = live?.applied(done) ?? true;
  if (!bytes || !isWanted) return;
  const report = live ? record : () => undefined;
  record(await pool.score({ lane, bytes, resumeAt: applied.resumeAt, limit: limit(), report }));
};
