/**
 * Makes the files to hand out, always of the settings that are set now.
 */
import { CallError } from '../client/rpc.ts';
import type { SessionClient } from '../client/session.ts';
import { stem } from '../lib/filekind.ts';
import * as derived from './derived.ts';
import * as store from './store.ts';

export type HandOut = { name: string; type: string; bytes: Uint8Array<ArrayBuffer> };
export type HandOutKind = 'model' | 'report';

export class Exporter {
  readonly #session: SessionClient;

  constructor(session: SessionClient) {
    this.#session = session;
  }

  async make(kind: HandOutKind): Promise<HandOut | null> {
    const model = store.model.value;
    const result = derived.current.value;
    if (!model || !result) return null;
    const name = `${stem(model.file.name)}.sepal`;
    try {
      if (kind === 'model') {
        return {
          name: `${name}.onnx`,
          type: 'application/octet-stream',
          bytes: await this.#session.exportOnnx(result.plan),
        };
      }
      const base = store.baseScore.value?.score ?? null;
      const bytes = await this.#session.exportReport(result.plan, result.score, base);
      return { name: `${name}.report.json`, type: 'application/json', bytes };
    } catch (thrown) {
      if (thrown instanceof CallError && !thrown.superseded) {
        store.notice.value = { kind: 'error', title: name, error: thrown.error };
      }
      return null;
    }
  }
}
