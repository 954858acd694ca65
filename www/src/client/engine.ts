/**
 * The WebAssembly module, fetched and compiled once for all workers.
 */
import wasmAddress from '../wasm/pkg/sepal_wasm_bg.wasm?url';

export const compileEngine = async (): Promise<WebAssembly.Module> => {
  const response = fetch(wasmAddress);
  try {
    return await WebAssembly.compileStreaming(response);
  } catch {
    // A static host that does not know the type application/wasm.
    const again = await fetch(wasmAddress);
    if (!again.ok) throw new Error(`engine: HTTP ${again.status}`);
    return WebAssembly.compile(await again.arrayBuffer());
  }
};
