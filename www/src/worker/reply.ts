/**
 * The worker's end of the protocol: answers, reports and failures of a request.
 */
import type { ErrorCode, ErrorStage } from '../protocol/generated.ts';
import { type CallFailure, NEEDS_WHOLE, type Reply, SUPERSEDED } from '../protocol/message.ts';

export type Ticket = { id: number; epoch: number };

const send = (reply: Reply, transfer: Transferable[] = []): void => {
  postMessage(reply, { transfer });
};

/** A sign of life. */
export const pong = (): void => send({ type: 'pong' });

export const succeed = (ticket: Ticket, answer: unknown, transfer: Transferable[] = []): void =>
  send({ type: 'success', id: ticket.id, epoch: ticket.epoch, answer }, transfer);

export const report = (ticket: Ticket, value: unknown): void =>
  send({ type: 'progress', id: ticket.id, epoch: ticket.epoch, report: value });

export const fail = (ticket: Ticket, thrown: unknown): void =>
  send({
    type: 'failure',
    id: ticket.id,
    epoch: ticket.epoch,
    error: errorFrom(thrown),
    fatal: isFatal(thrown),
  });

/**
 * A trap, or memory or stack that was not enough: the engine's state is not to be trusted after any of these. A
 * stack overflow inside the engine is a RangeError.
 */
const isFatal = (thrown: unknown): boolean =>
  thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError;

export const supersede = (ticket: Ticket): void =>
  send({
    type: 'failure',
    id: ticket.id,
    epoch: ticket.epoch,
    error: { code: SUPERSEDED, stage: 'queue', node: null, message: '', hint: null },
    fatal: false,
  });

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** The engine throws an Error with the fields of SepalError; anything else is a fault of ours. */
const errorFrom = (thrown: unknown): CallFailure => {
  if (!(thrown instanceof Error))
    return { code: 'internal', stage: 'worker', node: null, message: String(thrown), hint: null };
  const field = (name: string): unknown => Reflect.get(thrown, name);
  const needsWhole = isFatal(thrown) && Reflect.get(self, 'needsWhole') === true;
  // The engine has no other words for them.
  const code = needsWhole ? NEEDS_WHOLE : (text(field('code')) as ErrorCode | null);
  return {
    code: code ?? 'internal',
    stage: (text(field('stage')) as ErrorStage | null) ?? 'worker',
    node: text(field('node')),
    message: thrown.message,
    hint: text(field('hint')),
  };
};
