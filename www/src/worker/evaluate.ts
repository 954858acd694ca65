/**
 * Scores and verifies models on this worker's share of the samples, in slices with a yield between them: newer work is seen
 * after one slice, and a coarse figure leaves as soon as the first few slices are in.
 */
import { NO_SCORE, type Score } from '../protocol/generated.ts';
import type { EvaluateCalls, PartRequest, SampleArrays } from '../protocol/message.ts';
import { plus } from '../protocol/score.ts';
import { Evaluator } from '../wasm/pkg/sepal_wasm.js';
import { Jobs } from './jobs.ts';
import type { Job } from './lanes.ts';
import { report, succeed } from './reply.ts';
import { VerifyWork } from './verify.ts';

type ScoreWork = EvaluateCalls['score']['ask'] & { soFar: Score };
type Work = ScoreWork | VerifyWork;

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
  const score: Score = engine().score(from, Math.min(from + work.slice, work.limit));
  work.soFar = plus(work.soFar, score);
  if (work.soFar.samples >= work.limit || score.samples === 0) {
    jobs.finish(job, work.soFar);
  } else if (work.soFar.samples >= work.first) {
    report(job, work.soFar);
  }
};

const verifySlice = (job: Job<VerifyWork>): void => {
  const result = job.work.step();
  if (result) jobs.finish(job, result);
  else report(job, job.work.progress);
};

const isVerification = (job: Job<Work>): job is Job<VerifyWork> => job.work instanceof VerifyWork;
const isScore = (job: Job<Work>): job is Job<ScoreWork> => !isVerification(job);

const jobs = new Jobs<Work>((job) => {
  if (isVerification(job)) verifySlice(job);
  else if (isScore(job)) scoreSlice(job);
});

const setSamples = (arrays: SampleArrays): void => {
  loaded = null;
  const { x, y, targets, shape, metric, choosing } = arrays;
  engine().setSamples(x, y, targets, Uint32Array.from(shape), { metric, choosing });
};

export const answerEvaluate = (request: PartRequest<EvaluateCalls>): void => {
  switch (request.kind) {
    case 'set_samples':
      setSamples(request.ask.arrays);
      succeed(request, null);
      break;
    case 'set_base':
      loaded = null;
      engine().setBase(request.ask.bytes);
      succeed(request, null);
      break;
    case 'score':
      jobs.add(request, { ...request.ask, soFar: NO_SCORE });
      break;
    case 'verify':
      jobs.add(request, new VerifyWork(request.ask));
      break;
    case 'cancel':
      jobs.cancel(request);
      break;
    default: {
      const never: never = request;
      throw new Error(`unknown request ${JSON.stringify(never)}`);
    }
  }
};
