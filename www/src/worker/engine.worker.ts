/**
 * The one script of all workers, so that the page loads it once; a worker's name says which part it plays.
 */
import type { BootCalls, Ping, Request, WorkerName } from '../protocol/message.ts';
import init, { version } from '../wasm/pkg/sepal_wasm.js';
import { answerEvaluate } from './evaluate.ts';
import { answerPlot } from './plot.ts';
import { fail, pong, succeed, type Ticket } from './reply.ts';
import { answerSession } from './session.ts';

const PARTS: Record<WorkerName, (request: never) => void> = {
  session: answerSession,
  evaluate: answerEvaluate,
  plot: answerPlot,
};

type PartTicket = Ticket & { type: 'request'; kind: string };

/** The client asks each worker of its own part only. */
const part = PARTS[self.name as WorkerName] as (request: PartTicket) => void;

/** Starts this worker's instance of the engine from the module that the page compiled. */
const boot = async (request: Request<BootCalls>): Promise<void> => {
  try {
    await init({ module_or_path: request.ask.module });
    succeed(request, { version: version() });
  } catch (thrown) {
    fail(request, thrown);
  }
};

const isBoot = (request: PartTicket): request is Request<BootCalls> => request.kind === 'boot';

addEventListener('message', ({ data: request }: MessageEvent<PartTicket | Ping>) => {
  if (request.type === 'ping') {
    pong();
    return;
  }
  try {
    if (isBoot(request)) void boot(request);
    else part(request);
  } catch (thrown) {
    fail(request, thrown);
  }
});
