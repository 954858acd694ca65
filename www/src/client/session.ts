/**
 * The session worker, seen from the page. It keeps what was opened, so that a fresh worker can take over when one
 * traps or is cancelled: nothing the user had is lost.
 */
import type {
  CalibrationView,
  Device,
  MethodView,
  OutputView,
  Plan,
  Precision,
  Score,
  SearchProgress,
  SearchRequest,
  Spectrum,
} from '../protocol/generated.ts';
import type {
  AppliedModel,
  Artifact,
  AskStage,
  FactorReport,
  Lane,
  ModelFiles,
  NamedFile,
  OpenedModel,
  SampleFiles,
  SessionCalls,
} from '../protocol/message.ts';
import { type CrashedFile, identify, keyOf, refusal } from './crash.ts';
import type { Engines } from './engine.ts';
import { type CallError, isCrash, needsWhole, Rpc } from './rpc.ts';
import { spawn } from './spawn.ts';

type Opened = SessionCalls['open_samples']['answer'];
type SessionRpc = Rpc<SessionCalls>;

export type ApplyAsk = { plan: Plan; lane: Lane; withBytes: boolean; report?: (value: FactorReport) => void };

export class SessionClient {
  readonly #engines: Engines;
  readonly #onRestart: () => void;
  #rpc: Promise<SessionRpc>;
  #model: ModelFiles | null = null;
  #samples: SampleFiles | null = null;
  #calibration: SampleFiles | null = null;
  #current: SessionRpc | null = null;
  /** Why no worker could be given again what was open: then nothing is, whatever the page shows. */
  #lost: CallError | null = null;
  #epoch = 0;
  #version = '';
  /** Files that ended two workers, by their hash; they are not tried again. */
  readonly #refused = new Map<string, CallError>();

  constructor(engines: Engines, onRestart: () => void) {
    this.#engines = engines;
    this.#onRestart = onRestart;
    this.#rpc = this.#boot();
  }

  async openModel(model: ModelFiles): Promise<OpenedModel> {
    const opened = await this.#open(model.files, (rpc) => rpc.call('open_model', model));
    this.#lost = null;
    this.#model = model;
    this.#samples = null;
    this.#calibration = null;
    return opened;
  }

  async openSamples(samples: SampleFiles): Promise<Opened> {
    if (this.#lost) throw this.#lost;
    const opened = await this.#open(samples.files, (rpc) => rpc.call('open_samples', samples));
    this.#samples = samples;
    return opened;
  }

  async openCalibration(samples: SampleFiles): Promise<CalibrationView> {
    if (this.#lost) throw this.#lost;
    const view = await this.#open(samples.files, (rpc) => rpc.call('open_calibration', samples));
    this.#calibration = samples;
    return view;
  }

  /** The model as it is known now: samples may have told sizes that its file leaves open. */
  view(): Promise<OpenedModel> {
    return this.#retry('open', (rpc) => rpc.call('view', null));
  }

  /** Every output under a plan whose layers have been factored, measured on some samples. */
  outputs(plan: Plan): Promise<OutputView[]> {
    return this.#retry('evaluate', (rpc) => rpc.call('outputs', { plan }));
  }

  /** Searches to the end, reporting every step; one search at a time, a newer one supersedes it. */
  search(request: SearchRequest, report: (progress: SearchProgress) => void): Promise<SearchProgress> {
    this.#epoch += 1;
    const epoch = this.#epoch;
    return this.#retry('search', (rpc) => rpc.call('search', { lane: 'search', request }, { epoch, report }));
  }

  apply({ plan, lane, withBytes, report }: ApplyAsk): Promise<AppliedModel> {
    this.#epoch += 1;
    const options = { epoch: this.#epoch, ...(report ? { report } : {}) };
    return this.#retry('apply', (rpc) => rpc.call('apply', { plan, lane, withBytes }, options));
  }

  devices(): Promise<Device[]> {
    return this.#retry('devices', (rpc) => rpc.call('devices', null));
  }

  costs(layer: string): Promise<MethodView[]> {
    return this.#retry('costs', (rpc) => rpc.call('costs', { layer }));
  }

  spectrum(layer: string): Promise<Spectrum> {
    return this.#retry('spectrum', (rpc) => rpc.call('spectrum', { layer }));
  }

  exportOnnx(plan: Plan): Promise<Uint8Array<ArrayBuffer>> {
    return this.#retry('export', (rpc) => rpc.call('export_onnx', { plan }));
  }

  exportTflite(plan: Plan, precision: Precision): Promise<Uint8Array<ArrayBuffer>> {
    return this.#retry('export', (rpc) => rpc.call('export_tflite', { plan, precision }));
  }

  exportReport(plan: Plan, score: Score | null, baseScore: Score | null): Promise<Uint8Array<ArrayBuffer>> {
    return this.#retry('report', (rpc) => rpc.call('export_report', { plan, score, baseScore }));
  }

  /** The bytes that the device runs. */
  artifact(plan: Plan): Promise<Artifact> {
    return this.#retry('artifact', (rpc) => rpc.call('artifact', { plan }));
  }

  /** The same with all that a project for the device needs around it, zipped. */
  exportPackage(ask: SessionCalls['export_package']['ask']): Promise<Uint8Array<ArrayBuffer>> {
    return this.#retry('package', (rpc) => rpc.call('export_package', ask));
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

  /** Opens files that have not yet ended two workers. */
  async #open<Answer>(files: NamedFile[], ask: (rpc: SessionRpc) => Promise<Answer>): Promise<Answer> {
    // Hashing takes time, and hardly anyone ever has a file that was refused.
    const known = this.#refused.size > 0 ? this.#refused.get(keyOf(await identify(files))) : undefined;
    if (known) throw known;
    return this.#retry('open', ask, files);
  }

  /** Asks again after a crash, once; after a second one the files, by default the model's, are to blame. */
  async #retry<Answer>(
    stage: AskStage,
    ask: (rpc: SessionRpc) => Promise<Answer>,
    files?: NamedFile[],
  ): Promise<Answer> {
    if (this.#lost && !files) throw this.#lost;
    try {
      return await this.#once(ask);
    } catch (thrown) {
      if (!isCrash(thrown)) throw thrown;
    }
    if (this.#lost && !files) throw this.#lost;
    try {
      return await this.#once(ask);
    } catch (thrown) {
      if (!isCrash(thrown)) throw thrown;
      throw await this.#refuse(stage, thrown, files);
    }
  }

  /** Asks a worker that lives; one that ends meanwhile is followed by another. */
  async #once<Answer>(ask: (rpc: SessionRpc) => Promise<Answer>): Promise<Answer> {
    const worker = this.#rpc;
    try {
      return await ask(await worker);
    } catch (thrown) {
      // All that waited on a worker hear of its end; the first of them starts another, the rest wait for it.
      if (isCrash(thrown)) await (worker === this.#rpc ? this.#restart(thrown) : this.#rpc);
      // Not the file's fault: the whole module has not been asked yet.
      if (isCrash(thrown) && needsWhole(thrown)) return this.#once(ask);
      throw thrown;
    }
  }

  async #refuse(stage: AskStage, cause: CallError, files?: NamedFile[]): Promise<CallError> {
    const blamed: CrashedFile[] = await identify(files ?? this.#model?.files ?? []);
    const error = refusal(stage, cause.error, blamed, this.#version);
    if (files) this.#refused.set(keyOf(blamed), error);
    return error;
  }

  async #restart(cause: CallError): Promise<void> {
    const isLight = needsWhole(cause);
    if (!isLight) this.#onRestart();
    this.#rpc = isLight ? this.#engines.takeWhole().then(() => this.#boot()) : this.#boot();
    try {
      await this.#rpc;
    } catch (thrown) {
      // Without the whole module, what was open before goes on with the light one.
      if (isLight) this.#rpc = this.#boot();
      throw thrown;
    }
  }

  async #boot(): Promise<SessionRpc> {
    const module = await this.#engines.current;
    const rpc: SessionRpc = new Rpc<SessionCalls>(spawn('session'));
    this.#current = rpc;
    this.#version = (await rpc.call('boot', { module })).version;
    try {
      if (this.#model) await rpc.call('open_model', this.#model);
      if (this.#samples) await rpc.call('open_samples', this.#samples);
      if (this.#calibration) await rpc.call('open_calibration', this.#calibration);
      return rpc;
    } catch (thrown) {
      if (!isCrash(thrown)) throw thrown;
      // What ends a fresh worker is not given to another.
      const files = [this.#model, this.#samples, this.#calibration].flatMap((one) => one?.files ?? []);
      this.#lost = refusal('open', thrown.error, await identify(files), this.#version);
      this.#model = this.#samples = this.#calibration = null;
      return this.#boot();
    }
  }
}
