/**
 * Makes the files to hand out, always of the settings that are set now.
 */
import { headerAddress } from '../client/engine.ts';
import type { SessionClient } from '../client/session.ts';
import { stem } from '../lib/path.ts';
import type { Plan, Score, Verified } from '../protocol/generated.ts';
import type { Verification } from '../protocol/message.ts';
import { report } from './complain.ts';
import * as derived from './derived.ts';
import { fetchFile } from './fetched.ts';
import * as store from './store.ts';

export type HandOut = { name: string; type: string; bytes: Uint8Array<ArrayBuffer> };
export type HandOutKind = 'package' | 'model' | 'tflite' | 'tflite_int8' | 'report';

const FORMS: Record<HandOutKind, { type: string; ending: string }> = {
  package: { type: 'application/zip', ending: '.zip' },
  model: { type: 'application/octet-stream', ending: '.onnx' },
  tflite: { type: 'application/octet-stream', ending: '.tflite' },
  tflite_int8: { type: 'application/octet-stream', ending: '.int8.tflite' },
  report: { type: 'application/json', ending: '.report.json' },
};

/** What of a verification goes into the report. */
const known = (found: Verification | null): Verified | null =>
  found && {
    score: found.score,
    agreement: found.agreement,
    highWaterBytes: found.highWaterBytes,
    crc: found.crc,
  };

export class Exporter {
  readonly #session: SessionClient;

  constructor(session: SessionClient) {
    this.#session = session;
  }

  async make(kind: HandOutKind): Promise<HandOut | null> {
    const model = store.model.value;
    const result = derived.current.value;
    if (!model || !result) return null;
    const name = `${stem(model.files[0]?.name ?? '')}.sepal`;
    const { type, ending } = FORMS[kind];
    try {
      return { name: `${name}${ending}`, type, bytes: await this.#bytes(kind, result) };
    } catch (thrown) {
      report(`${name}${ending}`, thrown);
      return null;
    }
  }

  async #package(plan: Plan, score: Score | null, baseScore: Score | null): Promise<Uint8Array<ArrayBuffer>> {
    const verified = known(derived.verified.value);
    const header = new TextDecoder().decode((await fetchFile(headerAddress)).bytes);
    return this.#session.exportPackage({ plan, score, baseScore, verified, header });
  }

  #bytes(kind: HandOutKind, { plan, score }: store.Result): Promise<Uint8Array<ArrayBuffer>> {
    const baseScore = store.baseScore.value?.score ?? null;
    switch (kind) {
      case 'package':
        return this.#package(plan, score, baseScore);
      case 'model':
        return this.#session.exportOnnx(plan);
      case 'tflite':
        return this.#session.exportTflite(plan, 'float');
      case 'tflite_int8':
        return this.#session.exportTflite(plan, 'int8');
      case 'report':
        return this.#session.exportReport(plan, score, baseScore);
      default: {
        const never: never = kind;
        return never;
      }
    }
  }
}
