/**
 * What is known of a file that ended the engine twice, to be copied into a report: nothing of its content.
 */
import { sha256 } from '../lib/digest.ts';
import { type AskStage, type CallFailure, CRASHED, type NamedFile } from '../protocol/message.ts';
import { CallError } from './rpc.ts';

export type CrashedFile = { name: string; bytes: number; sha256: string };

export const identify = (files: readonly NamedFile[]): Promise<CrashedFile[]> =>
  Promise.all(files.map(async ({ name, bytes }) => ({ name, bytes: bytes.length, sha256: await sha256(bytes) })));

export const keyOf = (files: readonly CrashedFile[]): string => files.map((file) => file.sha256).join('+');

/** A refusal that carries its report. */
export const refusal = (
  stage: AskStage,
  cause: CallFailure,
  files: readonly CrashedFile[],
  version: string,
): CallError => {
  const error: CallFailure = { code: CRASHED, stage, node: null, message: cause.message, hint: null };
  return new CallError(error, false, report(stage, cause, files, version));
};

const report = (stage: AskStage, cause: CallFailure, files: readonly CrashedFile[], version: string): string =>
  [
    `Sepal ${version}: the engine stopped twice`,
    `Stage: ${stage}`,
    `Error: ${cause.message}`,
    ...files.map(({ name, bytes, sha256: hash }) => `File: ${name}, ${bytes} bytes, SHA-256 ${hash}`),
    `Browser: ${navigator.userAgent}`,
    `Cores: ${navigator.hardwareConcurrency}`,
  ].join('\n');
