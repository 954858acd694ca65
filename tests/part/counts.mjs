/**
 * @file Reads how many tests passed and failed out of what the test programs print. A program that fails
 * without naming a failed test (it did not compile, say) counts as one failed, and so does one that ran no test.
 */

/** @typedef {{ passed: number, failed: number }} Counts */

/**
 * Counts with the rules of the header applied.
 * @param {number} passed
 * @param {number} failed
 * @param {boolean} ok whether the program ended well
 * @returns {Counts}
 */
export function counts(passed, failed, ok) {
  const silent = failed === 0 && (!ok || passed === 0);
  return { passed, failed: silent ? 1 : failed };
}

/**
 * One check that either holds or does not: formatting, lints, types.
 * @param {boolean} ok
 * @returns {Counts}
 */
export function one(ok) {
  return ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * @param {Counts[]} list
 * @returns {Counts}
 */
export function sum(list) {
  return list.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }), {
    passed: 0,
    failed: 0,
  });
}

/**
 * Adds up every match of a pattern's number groups.
 * @param {string} output
 * @param {RegExp} pattern with the groups `passed` and `failed`, either may be absent in a match
 */
function addUp(output, pattern) {
  const plain = stripColour(output);
  const all = [...plain.matchAll(pattern)];
  return sum(all.map(({ groups }) => ({ passed: Number(groups?.passed ?? 0), failed: Number(groups?.failed ?? 0) })));
}

/** @param {string} text */
function stripColour(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's colour codes start with one
  return text.replace(/\u001b\[[\d;]*m/g, '');
}

/**
 * cargo test, one closing line per test binary.
 * @param {string} output
 * @param {boolean} ok
 */
export function cargoCounts(output, ok) {
  const found = addUp(output, /^test result: \w+\. (?<passed>\d+) passed; (?<failed>\d+) failed;/gm);
  return counts(found.passed, found.failed, ok);
}

/**
 * node --test, as it closes on a terminal and elsewhere.
 * @param {string} output
 * @param {boolean} ok
 */
export function nodeCounts(output, ok) {
  const found = addUp(output, /^(?:#|ℹ) (?:pass (?<passed>\d+)|fail (?<failed>\d+))$/gm);
  return counts(found.passed, found.failed, ok);
}

/**
 * vitest's JSON report.
 * @param {{ numPassedTests?: number, numFailedTests?: number } | null} report
 * @param {boolean} ok
 */
export function vitestCounts(report, ok) {
  return counts(report?.numPassedTests ?? 0, report?.numFailedTests ?? 0, ok);
}

/**
 * Playwright's JSON report; a test that only passed when tried again has failed.
 * @param {{ stats?: { expected: number, unexpected: number, flaky: number } } | null} report
 * @param {boolean} ok
 */
export function playwrightCounts(report, ok) {
  const stats = report?.stats ?? { expected: 0, unexpected: 0, flaky: 0 };
  return counts(stats.expected, stats.unexpected + stats.flaky, ok);
}
