/**
 * Puts the parts together: the engine modules, the workers that share them, and those who act on the store.
 */
import { FetchedEngines } from '../client/engine.ts';
import { EvaluatePool, workerCount } from '../client/evaluate.ts';
import { PlotClient } from '../client/plot.ts';
import { SessionClient } from '../client/session.ts';
import { reportUncaught } from './complain.ts';
import { Exporter } from './exporter.ts';
import { Opener } from './opener.ts';
import { loadOriginal } from './original.ts';
import { loadOutputs } from './outputs.ts';
import { SampleReader } from './reader.ts';
import { Runner } from './runner.ts';
import { SampleOpener } from './samples.ts';
import { Searcher } from './searcher.ts';
import { loadSpectra } from './spectra.ts';
import * as store from './store.ts';
import { Sweeper } from './sweeper.ts';
import { Verifier } from './verifier.ts';

export type App = {
  opener: Opener;
  reader: SampleReader;
  runner: Runner;
  sweeper: Sweeper;
  searcher: Searcher;
  exporter: Exporter;
  verifier: Verifier;
  plots: PlotClient;
};

export const startApp = (): App => {
  store.opening.value = { name: '', bytes: null, step: 'engine' };
  reportUncaught();
  const engines = new FetchedEngines();
  const restarted = (): void => {
    store.toast.value = { kind: 'restarted' };
  };
  const session = new SessionClient(engines, restarted);
  const pool = new EvaluatePool(engines, workerCount(navigator.hardwareConcurrency), restarted);
  const samples = new SampleOpener(session, pool);
  const app: App = {
    opener: new Opener(session, samples),
    reader: new SampleReader(samples),
    runner: new Runner(session, pool),
    sweeper: new Sweeper(session, pool),
    searcher: new Searcher(session),
    exporter: new Exporter(session),
    verifier: new Verifier(session, pool),
    plots: new PlotClient(engines),
  };
  app.runner.start();
  app.sweeper.start();
  app.verifier.start();
  loadSpectra(session);
  loadOriginal(session);
  loadOutputs(session);
  void session.devices().then((devices) => {
    store.devices.value = devices;
  }, ignore);
  void openFirst(app, engines.current);
  return app;
};

/** An engine that cannot be started is told of by what opens the first model. */
const ignore = (): void => undefined;

const openFirst = async (app: App, module: Promise<WebAssembly.Module>): Promise<void> => {
  try {
    const [response] = await Promise.all([fetch('model/default.json'), module]);
    store.defaults.value = (await response.json()) as store.DefaultModel[];
  } catch (thrown) {
    store.opening.value = null;
    store.notice.value = { kind: 'engine_failed', message: thrown instanceof Error ? thrown.message : String(thrown) };
    return;
  }
  const first = store.defaults.value[0];
  if (first) await app.opener.openDefault(first);
};
