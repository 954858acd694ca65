/**
 * Operators that are not supported, by what does not work because of them, and what works all the same.
 */
import { sentence } from '../../lib/format.ts';
import type { Effect, Problem } from '../../protocol/generated.ts';
import { words } from '../../ui/words.ts';

const EFFECTS: readonly Effect[] = ['evaluation', 'compression', 'device'];
/** Nodes of one operator that are named; the others are counted. */
const NAMED = 6;

export const Problems = ({ problems }: { problems: readonly Problem[] }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a long list scrolls, and must do so by keyboard.
  <section class="menu problems" data-testid="problems" tabIndex={0} aria-label={words.model.problems}>
    {EFFECTS.map((effect) => (
      <Group key={effect} effect={effect} problems={problems.filter((problem) => problem.effect === effect)} />
    ))}
  </section>
);

const Group = ({ effect, problems }: { effect: Effect; problems: readonly Problem[] }) => {
  if (problems.length === 0) return null;
  const { title, works } = words.model.effects[effect];
  const kinds = [...new Set(problems.map(({ op, reason }) => `${op}\u0000${reason}`))];
  return (
    <section>
      <h2>{title}</h2>
      <ul>
        {kinds.map((kind) => {
          const [op = '', reason = ''] = kind.split('\u0000');
          const nodes = problems.filter((one) => one.op === op && one.reason === reason).map(({ node }) => node);
          return (
            <li key={kind}>
              <strong>{op}</strong> {sentence(reason)} <span class="hint">{named(nodes)}</span>
            </li>
          );
        })}
      </ul>
      <p class="hint">{works}</p>
    </section>
  );
};

const named = (nodes: readonly string[]): string => {
  const shown = nodes.filter(Boolean).slice(0, NAMED).join(', ');
  return nodes.length > NAMED ? words.model.andMore(shown, nodes.length - NAMED) : shown;
};
