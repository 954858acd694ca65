/**
 * @file Size budgets: gzipped bytes as they travel to the browser, held against a committed number.
 */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Stop, say } from './command.mjs';

/**
 * The size of a file when it travels.
 * @param {string} file
 */
export function gzipBytes(file) {
  return gzipSync(readFileSync(file), { level: 9 }).length;
}

/** @param {number} bytes */
export function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

/**
 * Says a size beside its budget, or stops when it is over.
 * @param {string} what
 * @param {number} bytes
 * @param {number} budget
 * @param {string[]} [details] lines that help to find what grew
 */
export function holdBudget(what, bytes, budget, details = []) {
  const sizes = `${kilobytes(bytes)} gzipped, the budget is ${kilobytes(budget)}`;
  if (bytes > budget) {
    throw new Stop([`${what} is too large: ${sizes}.`, ...details].join('\n'));
  }
  say(`${what}: ${sizes}.`);
}
