/**
 * The one script of all workers, so that the page loads it once; a worker's name says which part it plays.
 */
import type { WorkerName } from '../protocol/message.ts';
import { answerEvaluate } from './evaluate.ts';
import { answerPlot } from './plot.ts';
import { fail, type Ticket } from './reply.ts';
import { answerSession } from './session.ts';

const PARTS: Record<WorkerName, (request: never) => void> = {
  session: answerSession,
  evaluate: answerEvaluate,
  plot: answerPlot,
};

const answer = PARTS[self.name as WorkerName] as (request: Ticket) => void;

addEventListener('message', (event: MessageEvent<Ticket>) => {
  try {
    answer(event.data);
  } catch (thrown) {
    fail(event.data, thrown);
  }
});
