/**
 * The WebAssembly modules, each fetched and compiled once for all workers: the light one at first, the whole one from
 * when on a file has needed it. Both have the same JavaScript around them.
 */
import lightAddress from '../wasm/pkg/sepal_light_bg.wasm?url';
import wholeAddress from '../wasm/pkg/sepal_wasm_bg.wasm?url';

export type Engines = {
  /** What a worker that starts now gets. */
  readonly current: Promise<WebAssembly.Module>;
  /** Workers get the whole module from now on. */
  takeWhole(): void;
};

export class FetchedEngines implements Engines {
  #current = compile(lightAddress);
  #isWhole = false;

  get current(): Promise<WebAssembly.Module> {
    return this.#current;
  }

  takeWhole(): void {
    if (this.#isWhole) return;
    this.#isWhole = true;
    this.#current = compile(wholeAddress);
  }
}

const compile = async (address: string): Promise<WebAssembly.Module> => {
  const response = fetch(address);
  try {
    return await WebAssembly.compileStreaming(response);
  } catch {
    // A static host that does not know the type application/wasm.
    const again = await fetch(address);
    if (!again.ok) throw new Error(`engine: HTTP ${again.status}`);
    return WebAssembly.compile(await again.arrayBuffer());
  }
};
