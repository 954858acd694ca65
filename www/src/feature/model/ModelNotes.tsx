/**
 * What is to be known or decided about the open model: sizes that the file leaves open, which output counts, and what
 * is not supported. Nothing is shown of a model that leaves nothing open.
 */
import type { Opener } from '../../state/opener.ts';
import { model } from '../../state/store.ts';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { words } from '../../ui/words.ts';
import { Problems } from './Problems.tsx';
import { Sizes } from './Sizes.tsx';

export const ModelNotes = ({ opener }: { opener: Opener }) => {
  const open = model.value;
  if (!open) return null;
  const { sizes, outputs, output, problems } = open.view;
  const warnings = [...open.view.notes, ...open.view.warnings];
  if (sizes.length === 0 && outputs.length < 2 && problems.length === 0 && warnings.length === 0) return null;
  const assumed = sizes.some((size) => size.assumed);
  return (
    <section class="model-notes" aria-label={words.model.notes} data-testid="model-notes">
      {sizes.length > 0 && (
        <Disclosure
          label={words.model.sizes}
          value={sizes.map(({ name, size }) => `${name} = ${size}`).join(', ')}
          {...(assumed ? { detail: words.model.assumed } : {})}
        >
          {(close) => <Sizes sizes={sizes} options={open.options} opener={opener} onDone={close} />}
        </Disclosure>
      )}
      {outputs.length > 1 && (
        <Disclosure label={words.model.output} value={output} detail={words.model.ofOutputs(outputs.length)}>
          {(close) => (
            <ul class="menu">
              <li class="menu-note menu-first">{words.model.outputHint}</li>
              {outputs.map((name) => (
                <li key={name}>
                  <button
                    type="button"
                    class="menu-item"
                    aria-current={name === output}
                    onClick={() => {
                      close();
                      void opener.reopenModel({ ...open.options, output: name });
                    }}
                  >
                    {name === output ? <Icon name="check" /> : <span class="icon" />}
                    <span class="menu-name">{name}</span>
                  </button>
                </li>
              ))}
            </ul>
          )}
        </Disclosure>
      )}
      {problems.length > 0 && (
        <Disclosure label={words.model.problems} value={words.model.problemCount(problems.length)}>
          {() => <Problems problems={problems} />}
        </Disclosure>
      )}
      {warnings.length > 0 && (
        <Disclosure label={words.model.warnings} value={words.model.warningCount(warnings.length)}>
          {() => (
            <ul class="menu problems">
              {warnings.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          )}
        </Disclosure>
      )}
    </section>
  );
};
