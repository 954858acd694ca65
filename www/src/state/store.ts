/**
 * The one store of the page. Signals only; what follows from them is in derived.ts, what changes them over time in
 * the runner, the sweeper and the opener.
 */
import { signal } from '@preact/signals';
import type {
  Applied,
  CalibrationView,
  Device,
  DeviceCost,
  ModelView,
  OpenOptions,
  OutputView,
  Plan,
  Preprocessing,
  SamplesView,
  Score,
  SearchProgress,
  SearchRequest,
  TaskProgress,
} from '../protocol/generated.ts';
import type { CallFailure, Verification as Found, NamedFile, SampleArrays } from '../protocol/message.ts';
import type { Budget } from './budget.ts';
import { type Controls, NO_CONTROLS } from './controls.ts';
import type { DialId } from './dial.ts';

/** One of the models that come with the page. */
export type DefaultModel = {
  id: string;
  title: string;
  description: string;
  model: string;
  evaluation: string;
  calibration: string;
  fullSet: { name: string; samples: number; accuracy: number };
  pageSet: { samples: number; accuracy: number };
};

export type OpenModel = {
  defaultId: string | null;
  title: string;
  view: ModelView;
  /** As it is evaluated; null where it cannot be. */
  base: Uint8Array | null;
  files: NamedFile[];
  options: OpenOptions;
};
export type OpenSamples = {
  title: string;
  view: SamplesView;
  arrays: SampleArrays;
  files: NamedFile[];
  /** What was asked for; what was guessed stands in the view. */
  options: Preprocessing;
};
export type OpenCalibration = { title: string; view: CalibrationView; files: NamedFile[] };

/** What is known of one plan. `score` grows while it is refined; it is exact at `wanted` samples. */
export type Result = {
  key: string;
  plan: Plan;
  controls: Controls;
  applied: Applied;
  score: Score | null;
};

export type OpeningStep = 'engine' | 'fetch' | 'read' | 'analyse' | 'samples' | 'calibration';
export type Opening = { name: string; bytes: number | null; step: OpeningStep };

export type Activity =
  | { kind: 'idle' }
  | { kind: 'applying' }
  | { kind: 'factoring'; task: TaskProgress; done: number; total: number }
  | { kind: 'evaluating' };

/** A search for a plan within limits. What was set before it is kept, so that one can go back. */
export type Search =
  | { kind: 'idle' }
  | { kind: 'running'; request: SearchRequest; progress: SearchProgress | null; started: number }
  | {
      kind: 'found';
      request: SearchRequest;
      progress: SearchProgress;
      stopped: boolean;
      seconds: number;
      key: string;
      before: Controls;
    }
  | { kind: 'stopped' }
  | { kind: 'failed'; error: CallFailure };

/** Whether an artifact has been run on the samples, and of which settings it is. */
export type Verification =
  | { kind: 'none' }
  | { kind: 'running'; key: string; samples: number }
  | { kind: 'done'; key: string; found: Found }
  | { kind: 'failed'; key: string; error: CallFailure };

/** `draft` is what was asked for last, until samples are open that were read so. */
export type PreprocessingForm = {
  open: boolean;
  busy: boolean;
  draft: Preprocessing | null;
  error: CallFailure | null;
};

/** Said at the top of the page. Sentences are made where they are shown. */
export type Notice =
  | { kind: 'error'; title: string; error: CallFailure }
  | { kind: 'crashed'; title: string; stage: CallFailure['stage']; report: string }
  | { kind: 'too_large'; name: string; bytes: number; limit: number }
  | { kind: 'too_many'; name: string; limit: number }
  | { kind: 'other_framework'; name: string }
  | { kind: 'unknown_file'; name: string }
  | { kind: 'single_image'; name: string }
  | { kind: 'single_audio'; name: string }
  | { kind: 'weights_alone'; name: string }
  | { kind: 'samples_need_model'; name: string }
  | { kind: 'half_pair'; has: HalfKind; name: string }
  | { kind: 'taken_as_calibration'; name: string; samples: number }
  | { kind: 'samples_dropped'; name: string; inputShape: readonly number[]; reason: string }
  | { kind: 'engine_failed'; message: string }
  | { kind: 'fault'; title: string; report: string }
  | { kind: 'fetch_failed'; name: string };

/** One of two files that belong together, while the other is waited for. */
export type HalfKind = 'idx_images' | 'idx_labels' | 'npy_x' | 'npy_y';

export type Toast = { kind: 'restarted' };

export const defaults = signal<readonly DefaultModel[]>([]);
export const devices = signal<readonly Device[]>([]);
export const model = signal<OpenModel | null>(null);
export const samples = signal<OpenSamples | null>(null);
export const calibration = signal<OpenCalibration | null>(null);
/** Counts changes of model, samples and calibration samples; a result of an older generation is thrown away. */
export const generation = signal(0);
export const controls = signal<Controls>(NO_CONTROLS);

export const results = signal<ReadonlyMap<string, Result>>(new Map());
/** Keys of the settings that were looked at, oldest first. */
export const trail = signal<readonly string[]>([]);
export const lastShown = signal<Result | null>(null);
export const baseScore = signal<{ score: Score; exact: boolean } | null>(null);
/** What the artifact of the original takes. */
export const originalDevice = signal<DeviceCost | null>(null);
/** How close every output is to the original's, and under which settings. */
export const outputs = signal<{ key: string; views: readonly OutputView[] } | null>(null);
export const spectra = signal<ReadonlyMap<string, readonly number[]>>(new Map());

export const dialInHand = signal<DialId>({ kind: 'rank', layer: null });
export const chosenLayer = signal<string | null>(null);

export const opening = signal<Opening | null>(null);
export const activity = signal<Activity>({ kind: 'idle' });
/** What Fit to budget is asked for, as far as it has been filled in. */
export const budget = signal<Budget | null>(null);
export const search = signal<Search>({ kind: 'idle' });
export const verification = signal<Verification>({ kind: 'none' });
/** Whether the dialog about how samples are read is open, and what is asked for in it beyond what is open. */
export const preprocessing = signal<PreprocessingForm>({ open: false, busy: false, draft: null, error: null });
export const sweepPaused = signal(false);
export const notice = signal<Notice | null>(null);
export const toast = signal<Toast | null>(null);
