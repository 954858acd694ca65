/**
 * Draws charts as SVG with its own instance of the engine, so that a curve never waits behind inference.
 */
import type { PartRequest, PlotCalls } from '../protocol/message.ts';
import { renderChart } from '../wasm/pkg/sepal_wasm.js';
import { succeed } from './reply.ts';

export const answerPlot = (request: PartRequest<PlotCalls>): void => succeed(request, renderChart(request.ask.chart));
