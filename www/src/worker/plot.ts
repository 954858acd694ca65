/**
 * Draws charts as SVG with its own instance of the engine, so that a curve never waits behind inference.
 */
import type { PlotCalls, Request } from '../protocol/message.ts';
import { renderChart } from '../wasm/pkg/sepal_wasm.js';
import { boot } from './boot.ts';
import { succeed } from './reply.ts';

export const answerPlot = (request: Request<PlotCalls>): void => {
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
