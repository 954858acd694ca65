/**
 * The session: one model, its samples and its factors. Short requests are answered at once; factoring goes step by
 * step in lanes, so that neither a slider nor a cancel ever waits for a dictionary to be learned.
 */
import type { Plan, SearchProgress, SearchRequest, Task, TaskProgress } from '../protocol/generated.ts';
import type { AppliedModel, FactorReport, NamedFile, PartRequest, SessionCalls } from '../protocol/message.ts';
import { Session } from '../wasm/pkg/sepal_wasm.js';
import { Jobs } from './jobs.ts';
import type { Job } from './lanes.ts';
import { report, succeed, type Ticket } from './reply.ts';

type ApplyWork = {
  kind: 'apply';
  plan: Plan;
  withBytes: boolean;
  tasks: Task[] | null;
  total: number;
  factored: Set<string>;
};
type SearchWork = { kind: 'search'; request: SearchRequest; started: boolean };
type Work = ApplyWork | SearchWork;
/** A job by the kind of its work. */
type WorkJob<Kind> = Job<Work> & { work: Kind };

let session: Session | null = null;

/** Made at the first request, when the engine has been started. */
const engine = (): Session => {
  session ??= new Session();
  return session;
};

/** A private copy: what is transferred must not be a view into the engine's memory. */
const copy = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

const finish = (job: WorkJob<ApplyWork>): void => {
  const applied = engine().apply(job.work.plan);
  const bytes = job.work.withBytes ? copy(engine().appliedBytes()) : null;
  const answer: AppliedModel = { applied, bytes, factored: [...job.work.factored] };
  jobs.finish(job, answer, bytes ? [bytes.buffer] : []);
};

const factorStep = (job: WorkJob<ApplyWork>, task: Task): void => {
  const { work } = job;
  const step: TaskProgress = engine().advance(task, work.plan);
  const left = work.tasks?.length ?? 0;
  const value: FactorReport = { task: step, done: work.total - left, total: work.total };
  report(job, value);
  if (!step.done) return;
  work.factored.add(task.layer);
  work.tasks = null;
};

const applyStep = (job: WorkJob<ApplyWork>): void => {
  const tasks = job.work.tasks ?? engine().pending(job.work.plan);
  job.work.tasks = tasks;
  job.work.total = Math.max(job.work.total, tasks.length);
  const task = tasks[0];
  if (task) factorStep(job, task);
  else finish(job);
};

/** The engine holds one search: a newer one takes its place, and this one has been superseded by then. */
const searchStep = (job: WorkJob<SearchWork>): void => {
  if (!job.work.started) {
    job.work.started = true;
    engine().startSearch(job.work.request);
  }
  const progress: SearchProgress = engine().stepSearch();
  report(job, progress);
  if (progress.stage === 'done') jobs.finish(job, progress);
};

const isSearch = (job: Job<Work>): job is WorkJob<SearchWork> => job.work.kind === 'search';
const isApply = (job: Job<Work>): job is WorkJob<ApplyWork> => job.work.kind === 'apply';

const step = (job: Job<Work>): void => {
  if (isSearch(job)) searchStep(job);
  else if (isApply(job)) applyStep(job);
};

const jobs = new Jobs<Work>(step);

const answerSamples = (ticket: Ticket, name: string, files: NamedFile[]): void => {
  const view = engine().openSamples(name, files);
  const arrays = { x: engine().samplesX().slice(), y: engine().samplesY().slice(), shape: view.shape };
  succeed(ticket, { view, arrays }, [arrays.x.buffer, arrays.y.buffer]);
};

export const answerSession = (request: PartRequest<SessionCalls>): void => {
  switch (request.kind) {
    case 'open_model':
      succeed(request, engine().openModel(request.ask.file.name, request.ask.file.bytes));
      break;
    case 'open_samples':
      answerSamples(request, request.ask.name, request.ask.files);
      break;
    case 'open_calibration':
      succeed(request, engine().openCalibration(request.ask.name, request.ask.files));
      break;
    case 'search':
      jobs.add(request, { kind: 'search', request: request.ask.request, started: false });
      break;
    case 'apply': {
      const { plan, withBytes } = request.ask;
      jobs.add(request, { kind: 'apply', plan, withBytes, tasks: null, total: 0, factored: new Set() });
      break;
    }
    case 'costs':
      succeed(request, engine().costs(request.ask.layer));
      break;
    case 'spectrum':
      succeed(request, engine().spectrum(request.ask.layer));
      break;
    case 'export_onnx': {
      const bytes = copy(engine().exportOnnx(request.ask.plan));
      succeed(request, bytes, [bytes.buffer]);
      break;
    }
    case 'export_report': {
      const bytes = copy(engine().exportReport(request.ask.plan, request.ask.score, request.ask.baseScore));
      succeed(request, bytes, [bytes.buffer]);
      break;
    }
    case 'cancel':
      jobs.cancel(request);
      break;
    default: {
      const never: never = request;
      throw new Error(`unknown request ${JSON.stringify(never)}`);
    }
  }
};
