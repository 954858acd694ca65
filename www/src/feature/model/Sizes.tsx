/**
 * Sizes that the model's file leaves open. The model is opened again with what is typed here.
 */
import { useState } from 'preact/hooks';
import type { OpenOptions, SizeView } from '../../protocol/generated.ts';
import type { Opener } from '../../state/opener.ts';
import { words } from '../../ui/words.ts';

type Props = { sizes: readonly SizeView[]; options: OpenOptions; opener: Opener; onDone: () => void };

export const Sizes = ({ sizes, options, opener, onDone }: Props) => {
  const [drafts, setDrafts] = useState<Readonly<Record<string, string>>>({});
  const numbers = sizes.map(({ name, size }) => [name, Number(drafts[name] ?? size)] as const);
  const valid = numbers.every(([, size]) => Number.isInteger(size) && size > 0);
  return (
    <form
      class="sizes"
      onSubmit={(event) => {
        event.preventDefault();
        if (!valid) return;
        onDone();
        void opener.reopenModel({ ...options, sizes: Object.fromEntries(numbers) });
      }}
    >
      <p>{words.model.sizesHint}</p>
      {sizes.map(({ name, size, assumed, fromSamples }) => (
        <label key={name} class="text-field">
          <span>
            {name}
            {assumed && <span class="hint"> {words.model.assumed}</span>}
            {fromSamples && <span class="hint"> {words.model.fromSamples}</span>}
          </span>
          <input
            type="text"
            inputMode="numeric"
            value={drafts[name] ?? String(size)}
            onInput={(event) => setDrafts({ ...drafts, [name]: event.currentTarget.value })}
          />
        </label>
      ))}
      <button type="submit" class="button primary" disabled={!valid}>
        {words.model.apply}
      </button>
    </form>
  );
};
