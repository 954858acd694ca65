/**
 * The session: one model, its samples and its factors. Short requests are answered at once; factoring goes step by
 * step in lanes, so that neither a slider nor a cancel ever waits for a dictionary to be learned.
 */
import type { Plan, Task, TaskProgress } from '../protocol/generated.ts';
import type { AppliedModel, FactorReport, NamedFile, Request, SessionCalls } from '../protocol/message.ts';
import { Session } from '../wasm/pkg/sepal_wasm.js';
import { boot } from './boot.ts';
import { type Job, LaneQueue } from './lanes.ts';
import { Pump } from './pump.ts';
import { fail, report, succeed, supersede, type Ticket } from './reply.ts';

type ApplyWork = { plan: Plan; withBytes: boolean; tasks: Task[] | null; total: number; factored: Set<string> };

const queue = new LaneQueue<ApplyWork>();
let session: Session | null = null;

/** Made at the first request, when the engine has been started. */
const engine = (): Session => {
  session ??= new Session();
  return session;
};

/** A private copy: what is transferred must not be a view into the engine's memory. */
const copy = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

const finish = (job: Job<ApplyWork>): void => {
  const applied = engine().apply(job.work.plan);
  const bytes = job.work.withBytes ? copy(engine().appliedBytes()) : null;
  queue.remove(job);
  const answer: AppliedModel = { applied, bytes, factored: [...job.work.factored] };
  succeed(job, answer, bytes ? [bytes.buffer] : []);
};

const factorStep = (job: Job<ApplyWork>, task: Task): void => {
  const { work } = job;
  const step: TaskProgress = engine().advance(task, work.plan);
  const left = work.tasks?.length ?? 0;
  const value: FactorReport = { task: step, done: work.total - left, total: work.total };
  report(job, value);
  if (!step.done) return;
  work.factored.add(task.layer);
  work.tasks = null;
};

const turn = (): boolean => {
  const job = queue.next();
  if (!job) return false;
  try {
    const tasks = job.work.tasks ?? engine().pending(job.work.plan);
    job.work.tasks = tasks;
    job.work.total = Math.max(job.work.total, tasks.length);
    const task = tasks[0];
    if (task) factorStep(job, task);
    else finish(job);
  } catch (thrown) {
    queue.remove(job);
    fail(job, thrown);
  }
  return queue.next() !== null;
};

const pump = new Pump(turn);

const answerSamples = (ticket: Ticket, name: string, files: NamedFile[]): void => {
  const view = engine().openSamples(name, files);
  const arrays = { x: engine().samplesX().slice(), y: engine().samplesY().slice(), shape: view.shape };
  succeed(ticket, { view, arrays }, [arrays.x.buffer, arrays.y.buffer]);
};

export const answerSession = (request: Request<SessionCalls>): void => {
  switch (request.kind) {
    case 'boot':
      void boot(request, request.ask.module);
      break;
    case 'open_model':
      succeed(request, engine().openModel(request.ask.file.name, request.ask.file.bytes));
      break;
    case 'open_samples':
      answerSamples(request, request.ask.name, request.ask.files);
      break;
    case 'apply': {
      const { lane, plan, withBytes } = request.ask;
      const work: ApplyWork = { plan, withBytes, tasks: null, total: 0, factored: new Set() };
      for (const old of queue.put({ id: request.id, epoch: request.epoch, lane, work })) supersede(old);
      pump.wake();
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
      for (const old of queue.cancel(request.ask.lane, request.epoch)) supersede(old);
      succeed(request, null);
      break;
    default: {
      const never: never = request;
      throw new Error(`unknown request ${JSON.stringify(never)}`);
    }
  }
};
