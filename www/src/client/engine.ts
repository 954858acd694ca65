/**
 * The WebAssembly modules, each fetched and compiled once for all workers: the light one at first, the whole one from
 * when on a file has needed it. Both have the same JavaScript around them.
 */
import type { CallFailure } from '../protocol/message.ts';
import runtimeAddress from '../wasm/pkg/sepal.h?url';
import lightAddress from '../wasm/pkg/sepal_light_bg.wasm?url';
import wholeAddress from '../wasm/pkg/sepal_wasm_bg.wasm?url';
import { CallError } from './rpc.ts';

/** Where the runtime for devices lies, which goes into packages. */
export const headerAddress = runtimeAddress;

const UNFETCHED: CallFailure = {
  code: 'worker',
  stage: 'client',
  node: null,
  message: 'The part of the engine that this needs could not be fetched.',
  hint: 'Look at the connection and try again.',
};

export type Engines = {
  /** What a worker that starts now gets. */
  readonly current: Promise<WebAssembly.Module>;
  /** Workers get the whole module from now on; where it cannot be fetched, all stays as it is. */
  takeWhole(): Promise<void>;
};

export class FetchedEngines implements Engines {
  #current = compile(lightAddress);
  #whole: Promise<WebAssembly.Module> | null = null;

  get current(): Promise<WebAssembly.Module> {
    return this.#current;
  }

  async takeWhole(): Promise<void> {
    this.#whole ??= compile(wholeAddress);
    const whole = this.#whole;
    try {
      await whole;
    } catch {
      this.#whole = null;
      throw new CallError(UNFETCHED, false);
    }
    this.#current = whole;
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
