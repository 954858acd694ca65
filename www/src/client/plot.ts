/**
 * The plot worker, seen from the page. A caller that asks faster than it draws only gets the newest picture.
 */
import type { Chart, Picture } from '../protocol/generated.ts';
import type { PlotCalls } from '../protocol/message.ts';
import type { Engines } from './engine.ts';
import { CallError, Rpc } from './rpc.ts';
import { spawn } from './spawn.ts';

export class PlotClient {
  readonly #engines: Engines;
  #rpc: Promise<Rpc<PlotCalls>>;

  constructor(engines: Engines) {
    this.#engines = engines;
    this.#rpc = this.#boot();
  }

  async render(chart: Chart): Promise<Picture> {
    const rpc = this.#rpc;
    try {
      return await (await rpc).call('render', { chart });
    } catch (thrown) {
      if (!(thrown instanceof CallError && thrown.fatal)) throw thrown;
      if (rpc === this.#rpc) this.#rpc = this.#boot();
      return (await this.#rpc).call('render', { chart });
    }
  }

  async #boot(): Promise<Rpc<PlotCalls>> {
    const module = await this.#engines.current;
    const rpc = new Rpc<PlotCalls>(spawn('plot'));
    await rpc.call('boot', { module });
    return rpc;
  }
}

/** Draws the newest of the charts it is given, one at a time. */
export class Draughtsman {
  readonly #plots: PlotClient;
  readonly #show: (picture: Picture, chart: Chart) => void;
  #next: Chart | null = null;
  #busy = false;

  constructor(plots: PlotClient, show: (picture: Picture, chart: Chart) => void) {
    this.#plots = plots;
    this.#show = show;
  }

  draw(chart: Chart): void {
    this.#next = chart;
    if (!this.#busy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#next) {
      const chart = this.#next;
      this.#next = null;
      try {
        this.#show(await this.#plots.render(chart), chart);
      } catch {
        // The picture before stays; the next change of data asks again.
      }
    }
    this.#busy = false;
  }
}
