/**
 * Draws charts as SVG with its own instance of the engine, so that a curve never waits behind inference.
 */
import type { PlotCalls, Request } from '../protocol/message.ts';
import init, { renderChart, version } from '../wasm/pkg/sepal_wasm.js';
import { fail, succeed, type Ticket } from './reply.ts';

const boot = async (ticket: Ticket, module: WebAssembly.Module): Promise<void> => {
  try {
    await init({ module_or_path: module });
    succeed(ticket, { version: version() });
  } catch (thrown) {
    fail(ticket, thrown);
  }
};

const answer = (request: Request<PlotCalls>): void => {
  switch (request.kind) {
    case 'boot':
      void boot(request, request.ask.module);
      break;
    case 'render':
      succeed(request, renderChart(request.ask.chart));
      break;
    default: {
      const never: never = request;
      throw new Error(`unknown request ${JSON.stringify(never)}`);
    }
  }
};

addEventListener('message', (event: MessageEvent<Request<PlotCalls>>) => {
  try {
    answer(event.data);
  } catch (thrown) {
    fail(event.data, thrown);
  }
});
