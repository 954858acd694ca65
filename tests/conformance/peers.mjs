/**
 * @file onnxruntime and LiteRT, in one Python process that answers jobs in their order: models_check.py.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { venv } from './venv.mjs';

const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** @typedef {{ model: string, samples: string, outputs?: string }} Job */
/**
 * `correct` where the samples are labelled, `error` where they have values; `off` and `agree` where outputs were
 * given; `failure` where the model does not run.
 * @typedef {{ samples: number, correct?: number, error?: number, off?: number, agree?: number, failure?: string }} Answer
 */

/**
 * Starts the process, which writes the sample sets of `data`, if that is given, into `folder` first.
 * @param {string} folder
 * @param {string} [data]
 */
export async function startPeers(folder, data) {
  const python = await venv(here('requirements.txt'));
  const child = spawn(python, [here('models_check.py'), folder, ...(data === undefined ? [] : [data])], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const ended = new Promise((_, reject) => {
    child.once('close', (status) => reject(new Error(`models_check.py ended with ${status}: ${said}`)));
  });
  ended.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = lines.next();
  await Promise.race([first, ended]);
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();
  return {
    /**
     * @param {Job} job
     * @returns {Promise<Answer>}
     */
    ask(job) {
      const answer = last.then(async () => {
        child.stdin.write(`${JSON.stringify(job)}\n`);
        const line = await Promise.race([lines.next(), ended]);
        return JSON.parse(/** @type {IteratorResult<string>} */ (line).value);
      });
      last = answer.catch(() => {});
      return answer;
    },
    end: () => child.stdin.end(),
  };
}
