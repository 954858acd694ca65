/**
 * The session: one model, its samples and its factors. Short requests are answered at once; factoring goes step by
 * step in lanes, so that neither a slider nor a cancel ever waits for a dictionary to be learned.
 */
import type {
  ModelView,
  Plan,
  SamplesView,
  SearchProgress,
  SearchRequest,
  Task,
  TaskProgress,
} from '../protocol/generated.ts';
import type {
  AppliedModel,
  Artifact,
  FactorReport,
  OpenedSamples,
  PartRequest,
  SampleArrays,
  SampleFiles,
  SessionCalls,
} from '../protocol/message.ts';
import { devices, Session } from '../wasm/pkg/sepal_wasm.js';
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

const answerModel = (ticket: Ticket, view: ModelView): void => {
  const base = view.evaluation === null ? copy(engine().baseBytes()) : null;
  succeed(ticket, { view, base }, base ? [base.buffer] : []);
};

const answerSamples = (ticket: Ticket, { name, files, options }: SampleFiles): void => {
  const view: SamplesView = engine().openSamples(name, files, options);
  const [x, y, targets] = [engine().samplesX(), engine().samplesY(), engine().samplesTargets()];
  const { shape, metric, choosing } = view;
  const arrays: SampleArrays = { x, y, targets, shape, metric, choosing };
  const base = copy(engine().baseBytes());
  const answer: OpenedSamples = { view, arrays, base };
  succeed(ticket, answer, [x.buffer, y.buffer, targets.buffer, base.buffer]);
};

const answerFile = (ticket: Ticket, file: Uint8Array): void => {
  const bytes = copy(file);
  succeed(ticket, bytes, [bytes.buffer]);
};

/** Makes the plan's artifact, the smallest of 8-bit integers; the engine keeps it until the next one. */
const answerArtifact = (ticket: Ticket, plan: Plan): void => {
  engine().makeArtifact(plan, {});
  const artifact: Artifact = { bytes: copy(engine().artifactBytes()), order: engine().artifactOrder() };
  succeed(ticket, artifact, [artifact.bytes.buffer]);
};

/** The artifact is made again, and what was verified goes with it only if its checksum is the one that was run. */
const answerPackage = (ticket: Ticket, ask: SessionCalls['export_package']['ask']): void => {
  engine().makeArtifact(ask.plan, {});
  const run = ask.verified;
  if (run && run.crc !== checksum(engine().artifactBytes()))
    throw new Error('the artifact is not the one that was run');
  answerFile(ticket, engine().exportPackage(ask.score, ask.baseScore, run, ask.header));
};

/** That of an artifact, as it stands in its header: 8 hexadecimal digits. */
const checksum = (artifact: Uint8Array): string =>
  new DataView(artifact.buffer, artifact.byteOffset).getUint32(12, true).toString(16).padStart(8, '0');

export const answerSession = (request: PartRequest<SessionCalls>): void => {
  switch (request.kind) {
    case 'open_model':
      answerModel(request, engine().openModel(request.ask.files, request.ask.options));
      break;
    case 'view':
      answerModel(request, engine().view());
      break;
    case 'outputs':
      succeed(request, engine().outputs(request.ask.plan));
      break;
    case 'open_samples':
      answerSamples(request, request.ask);
      break;
    case 'open_calibration':
      succeed(request, engine().openCalibration(request.ask.name, request.ask.files, request.ask.options));
      break;
    case 'search':
      jobs.add(request, { kind: 'search', request: request.ask.request, started: false });
      break;
    case 'apply': {
      const { plan, withBytes } = request.ask;
      jobs.add(request, { kind: 'apply', plan, withBytes, tasks: null, total: 0, factored: new Set() });
      break;
    }
    case 'devices':
      succeed(request, devices());
      break;
    case 'costs':
      succeed(request, engine().costs(request.ask.layer));
      break;
    case 'spectrum':
      succeed(request, engine().spectrum(request.ask.layer));
      break;
    case 'export_onnx':
      answerFile(request, engine().exportOnnx(request.ask.plan));
      break;
    case 'export_tflite':
      answerFile(request, engine().exportTflite(request.ask.plan, request.ask.precision));
      break;
    case 'export_report':
      answerFile(request, engine().exportReport(request.ask.plan, request.ask.score, request.ask.baseScore));
      break;
    case 'artifact':
      answerArtifact(request, request.ask.plan);
      break;
    case 'export_package':
      answerPackage(request, request.ask);
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
