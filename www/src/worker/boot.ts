/**
 * Starts this worker's instance of the engine from the module that the page compiled.
 */
import init, { version } from '../wasm/pkg/sepal_wasm.js';
import { fail, succeed, type Ticket } from './reply.ts';

export const boot = async (ticket: Ticket, module: WebAssembly.Module): Promise<void> => {
  try {
    await init({ module_or_path: module });
    succeed(ticket, { version: version() });
  } catch (thrown) {
    fail(ticket, thrown);
  }
};
