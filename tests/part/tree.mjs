/**
 * @file Whether the run left the work tree as it found it: a test that writes beside the sources, or a
 * generated file that no longer fits its source, shows here.
 */
import { capture, say } from '../../crate/wasm/command.mjs';
import { one } from './counts.mjs';

/** What differs from the last commit, names and contents. */
export function snapshot() {
  const status = capture('git', ['status', '--porcelain', '--untracked-files=all']);
  const changes = capture('git', ['diff', '--no-ext-diff']);
  return status === null || changes === null ? null : { status, changes };
}

/**
 * Compares the tree with how it was.
 * @param {ReturnType<typeof snapshot>} before
 */
export function unchanged(before) {
  const after = snapshot();
  if (before === null || after === null) {
    say('git cannot tell what changed: run the tests in a clone.');
    return one(false);
  }
  const same = after.status === before.status && after.changes === before.changes;
  if (!same) {
    const old = new Set(before.status.split('\n'));
    const added = after.status.split('\n').filter((line) => !old.has(line));
    say('The run changed files:');
    say(added.length > 0 ? added.join('\n') : 'contents differ, see git diff');
  }
  return one(same);
}
