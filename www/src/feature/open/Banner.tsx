/**
 * The sentence about what went wrong or is still missing, and the note that the engine was restarted.
 */
import { useEffect } from 'preact/hooks';
import { bytes, sentence, shape, whole } from '../../lib/format.ts';
import { type Notice, notice, toast } from '../../state/store.ts';
import { Icon } from '../../ui/Icon.tsx';
import { words } from '../../ui/words.ts';

type Message = { tone: 'error' | 'info'; title: string; text: string };

const text = words.notice;

const errorMessage = ({ title, error }: Extract<Notice, { kind: 'error' }>): Message => {
  if (error.code === 'file_crashed_engine')
    return { tone: 'error', title: text.error(title), text: text.crashedFile(title) };
  const where = error.node && !error.message.includes(error.node) ? ` (${error.node})` : '';
  const parts = [`${error.message}${where}`, error.hint ?? ''];
  const sentences = parts.filter(Boolean).map(sentence).join(' ');
  if (title === 'apply') return { tone: 'error', title: text.applyError, text: sentences };
  if (title === 'evaluate') return { tone: 'error', title: text.evaluateError, text: sentences };
  return { tone: 'error', title: text.error(title), text: `${sentences} ${text.stays}` };
};

const messageOf = (now: Notice): Message => {
  switch (now.kind) {
    case 'error':
      return errorMessage(now);
    case 'too_large':
      return {
        tone: 'error',
        title: text.error(now.name),
        text: text.tooLarge(bytes(now.bytes), bytes(now.limit)),
      };
    case 'other_framework':
      return { tone: 'error', title: text.error(now.name), text: text.otherFramework };
    case 'unknown_file':
      return { tone: 'error', title: text.error(now.name), text: text.unknown };
    case 'samples_need_model':
      return { tone: 'info', title: '', text: text.needModel(now.name) };
    case 'idx_half':
      return {
        tone: 'info',
        title: '',
        text: now.has === 'idx_images' ? text.halfImages(now.name) : text.halfLabels(now.name),
      };
    case 'taken_as_calibration':
      return { tone: 'info', title: '', text: text.calibration(now.name, whole(now.samples)) };
    case 'samples_dropped':
      return {
        tone: 'info',
        title: '',
        text: text.dropped(words.sampleSets[now.name] ?? now.name, shape(now.inputShape)),
      };
    case 'engine_failed':
      return { tone: 'error', title: '', text: text.engineFailed(now.message) };
    case 'fetch_failed':
      return { tone: 'error', title: '', text: text.fetchFailed(now.name) };
    default: {
      const never: never = now;
      return never;
    }
  }
};

export const Banner = () => {
  const now = notice.value;
  const message = now ? messageOf(now) : null;
  return (
    <div class="banner-place" role={message?.tone === 'error' ? 'alert' : 'status'}>
      {message && (
        <div class="banner" data-tone={message.tone} data-testid="banner">
          <Icon name={message.tone === 'error' ? 'warning' : 'info'} />
          <p>
            {message.title && <strong>{message.title} </strong>}
            {message.text}
          </p>
          <button
            type="button"
            class="icon-button"
            aria-label={text.close}
            onClick={() => {
              notice.value = null;
            }}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  );
};

const TOAST_MILLIS = 6000;

export const Toasts = () => {
  const now = toast.value;
  useEffect(() => {
    if (!now) return;
    const timer = setTimeout(() => {
      toast.value = null;
    }, TOAST_MILLIS);
    return () => clearTimeout(timer);
  }, [now]);
  return (
    <div class="toast-place" role="status">
      {now && <p class="toast">{words.toast[now.kind]}</p>}
    </div>
  );
};
