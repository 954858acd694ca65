/**
 * The session worker, seen from the page. It keeps what was opened, so that a fresh worker can take over when one
 * traps or is cancelled: nothing the user had is lost.
 */
import type {
  CalibrationView,
  Device,
  MethodView,
  ModelView,
  Plan,
  Score,
  SearchProgress,
  SearchRequest,
  Spectrum,
} from '../protocol/generated.ts';
import type { AppliedModel, Artifact, FactorReport, Lane, NamedFile, SessionCalls } from '../protocol/message.ts';
import { CallError, Rpc } from './rpc.ts';
import { spawn } from './spawn.ts';

type Opened = SessionCalls['open_samples']['answer'];
type SampleFiles = { name: string; files: NamedFile[] };

export type ApplyAsk = { plan: Plan; lane: Lane; withBytes: boolean; report?: (value: FactorReport) => void };

export class SessionClient {
  readonly #module: Promise<WebAssembly.Module>;
  readonly #onRestart: () => void;
  #rpc: Promise<Rpc<SessionCalls>>;
  #model: NamedFile | null = null;
  #samples: SampleFiles | null = null;
  #calibration: SampleFiles | null = null;
  #current: Rpc<SessionCalls> | null = null;
  #epoch = 0;
  /** Files that ended a worker; they are not tried a third time. */
  readonly #blocked = new Set<string>();

  constructor(module: Promise<WebAssembly.Module>, onRestart: () => void) {
    this.#module = module;
    this.#onRestart = onRestart;
    this.#rpc = this.#boot();
  }

  async openModel(file: NamedFile): Promise<ModelView> {
    const mark = `${file.name}:${file.bytes.length}`;
    if (this.#blocked.has(mark)) throw crashed(file.name);
    try {
      const view = await (await this.#rpc).call('open_model', { file });
      this.#model = file;
      this.#samples = null;
      this.#calibration = null;
      return view;
    } catch (thrown) {
      if (!(thrown instanceof CallError && thrown.fatal)) throw thrown;
      this.#blocked.add(mark);
      await this.#restart();
      throw crashed(file.name);
    }
  }

  async openSamples(name: string, files: NamedFile[]): Promise<Opened> {
    const opened = await this.#retry((rpc) => rpc.call('open_samples', { name, files }));
    this.#samples = { name, files };
    return opened;
  }

  async openCalibration(name: string, files: NamedFile[]): Promise<CalibrationView> {
    const view = await this.#retry((rpc) => rpc.call('open_calibration', { name, files }));
    this.#calibration = { name, files };
    return view;
  }

  /** Searches to the end, reporting every step; one search at a time, a newer one supersedes it. */
  search(request: SearchRequest, report: (progress: SearchProgress) => void): Promise<SearchProgress> {
    this.#epoch += 1;
    const epoch = this.#epoch;
    return this.#retry((rpc) => rpc.call('search', { lane: 'search', request }, { epoch, report }));
  }

  apply({ plan, lane, withBytes, report }: ApplyAsk): Promise<AppliedModel> {
    this.#epoch += 1;
    const epoch = this.#epoch;
    return this.#retry((rpc) => rpc.call('apply', { plan, lane, withBytes }, { epoch, ...(report ? { report } : {}) }));
  }

  devices(): Promise<Device[]> {
    return this.#retry((rpc) => rpc.call('devices', null));
  }

  costs(layer: string): Promise<MethodView[]> {
    return this.#retry((rpc) => rpc.call('costs', { layer }));
  }

  spectrum(layer: string): Promise<Spectrum> {
    return this.#retry((rpc) => rpc.call('spectrum', { layer }));
  }

  exportOnnx(plan: Plan): Promise<Uint8Array<ArrayBuffer>> {
    return this.#retry((rpc) => rpc.call('export_onnx', { plan }));
  }

  exportReport(plan: Plan, score: Score | null, baseScore: Score | null): Promise<Uint8Array<ArrayBuffer>> {
    return this.#retry((rpc) => rpc.call('export_report', { plan, score, baseScore }));
  }

  /** The bytes that the device runs. */
  artifact(plan: Plan): Promise<Artifact> {
    return this.#retry((rpc) => rpc.call('artifact', { plan }));
  }

  /** The same with all that a project for the device needs around it, zipped. */
  exportPackage(ask: SessionCalls['export_package']['ask']): Promise<Uint8Array<ArrayBuffer>> {
    return this.#retry((rpc) => rpc.call('export_package', ask));
  }

  async cancel(lane: Lane): Promise<void> {
    this.#epoch += 1;
    await (await this.#rpc).call('cancel', { lane }, { epoch: this.#epoch }).catch(() => null);
  }

  /** Stops an opening in the middle: the worker is ended and a fresh one opens what was open before. */
  async cancelOpening(): Promise<void> {
    this.#current?.end();
    this.#rpc = this.#boot();
    await this.#rpc;
  }

  async #retry<Answer>(ask: (rpc: Rpc<SessionCalls>) => Promise<Answer>): Promise<Answer> {
    const rpc = await this.#rpc;
    try {
      return await ask(rpc);
    } catch (thrown) {
      if (!(thrown instanceof CallError && thrown.fatal)) throw thrown;
      if (rpc === this.#current) await this.#restart();
      return ask(await this.#rpc);
    }
  }

  async #restart(): Promise<void> {
    this.#rpc = this.#boot();
    this.#onRestart();
    await this.#rpc;
  }

  async #boot(): Promise<Rpc<SessionCalls>> {
    const module = await this.#module;
    const rpc = new Rpc<SessionCalls>(spawn('session'));
    this.#current = rpc;
    await rpc.call('boot', { module });
    if (this.#model) await rpc.call('open_model', { file: this.#model });
    if (this.#samples) await rpc.call('open_samples', this.#samples);
    if (this.#calibration) await rpc.call('open_calibration', this.#calibration);
    return rpc;
  }
}

const crashed = (name: string): CallError =>
  new CallError({ code: 'file_crashed_engine', stage: 'open', node: null, message: name, hint: null }, false);
