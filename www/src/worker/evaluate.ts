/**
 * Scores models on this worker's share of the samples, in slices with a yield between them: newer work is seen
 * after one slice, and a coarse figure leaves as soon as the first few slices are in.
 */
import type { Score } from '../protocol/generated.ts';
import type { EvaluateCalls, Request, SampleArrays } from '../protocol/message.ts';
import { Evaluator } from '../wasm/pkg/sepal_wasm.js';
import { boot } from './boot.ts';
import { type Job, LaneQueue } from './lanes.ts';
import { Pump } from './pump.ts';
import { fail, report, succeed, supersede } from './reply.ts';

type ScoreWork = EvaluateCalls['score']['ask'] & { soFar: Score };

const queue = new LaneQueue<ScoreWork>();
let evaluator: Evaluator | null = null;
/** The job whose model the evaluator holds. */
let loaded: Job<ScoreWork> | null = null;

/** Made at the first request, when the engine has been started. */
const engine = (): Evaluator => {
  evaluator ??= new Evaluator();
  return evaluator;
};

const load = (job: Job<ScoreWork>): void => {
  if (loaded === job) return;
  loaded = null;
  engine().setModel(job.work.bytes, job.work.resumeAt ?? undefined);
  loaded = job;
};

const scoreSlice = (job: Job<ScoreWork>): void => {
  const { work } = job;
  load(job);
  const from = work.soFar.samples;
  const score = engine().score(from, Math.min(from + work.slice, work.limit));
  work.soFar = { correct: work.soFar.correct + score.correct, samples: from + score.samples };
  if (work.soFar.samples >= work.limit || score.samples === 0) {
    queue.remove(job);
    succeed(job, work.soFar);
  } else if (work.soFar.samples >= work.first) {
    report(job, work.soFar);
  }
};

const turn = (): boolean => {
  const job = queue.next();
  if (!job) return false;
  try {
    scoreSlice(job);
  } catch (thrown) {
    queue.remove(job);
    fail(job, thrown);
  }
  return queue.next() !== null;
};

const pump = new Pump(turn);

const setSamples = (arrays: SampleArrays): void => {
  loaded = null;
  engine().setSamples(arrays.x, arrays.y, Uint32Array.from(arrays.shape));
};

export const answerEvaluate = (request: Request<EvaluateCalls>): void => {
  switch (request.kind) {
    case 'boot':
      void boot(request, request.ask.module);
      break;
    case 'set_samples':
      setSamples(request.ask.arrays);
      succeed(request, null);
      break;
    case 'set_base':
      loaded = null;
      engine().setBase(request.ask.bytes);
      succeed(request, null);
      break;
    case 'score': {
      const work: ScoreWork = { ...request.ask, soFar: { correct: 0, samples: 0 } };
      for (const old of queue.put({ id: request.id, epoch: request.epoch, lane: work.lane, work })) supersede(old);
      pump.wake();
      break;
    }
    case 'cancel':
      for (const old of queue.cancel(request.ask.lane, request.epoch)) supersede(old);
      succeed(request, null);
      break;
    default: {
      const never: never = request;
      throw new Error(`unknown request ${JSON.stringify(never)}`);
    }
  }
};
