/**
 * The sentence about what went wrong or is still missing, and the note that the engine was restarted.
 */
import { useEffect, useState } from 'preact/hooks';
import { bytes, sentence, shape, whole } from '../../lib/format.ts';
import { type Notice, notice, toast } from '../../state/store.ts';
import { Icon } from '../../ui/Icon.tsx';
import { words } from '../../ui/words.ts';

/** `report` is for those who can mend it. */
type Message = { tone: 'error' | 'info'; title: string; text: string; report?: string };

const text = words.notice;

const titleOf = (title: string): string => {
  if (title === 'apply') return text.applyError;
  if (title === 'evaluate') return text.evaluateError;
  return title ? text.error(title) : '';
};

const errorMessage = ({ title, error }: Extract<Notice, { kind: 'error' }>): Message => {
  const where = error.node && !error.message.includes(error.node) ? ` (${error.node})` : '';
  const parts = [`${error.message}${where}`, error.hint ?? ''];
  const sentences = parts.filter(Boolean).map(sentence).join(' ');
  const isFile = title !== 'apply' && title !== 'evaluate';
  return { tone: 'error', title: titleOf(title), text: isFile ? `${sentences} ${text.stays}` : sentences };
};

/** The file is to blame where it was opened; else what was done with it. */
const crashMessage = ({ title, stage, report }: Extract<Notice, { kind: 'crashed' }>): Message => {
  const whole = { tone: 'error', report } as const;
  if (stage === 'evaluate') return { ...whole, title: text.evaluateError, text: text.crashedEvaluation };
  if (title === 'apply') return { ...whole, title: text.applyError, text: text.crashedSettings };
  return { ...whole, title: text.error(title), text: text.crashedFile };
};

const messageOf = (now: Notice): Message => {
  switch (now.kind) {
    case 'error':
      return errorMessage(now);
    case 'crashed':
      return crashMessage(now);
    case 'fault':
      return { tone: 'error', title: titleOf(now.title), text: text.fault, report: now.report };
    case 'too_many':
      return { tone: 'error', title: text.error(now.name), text: text.tooMany(whole(now.limit)) };
    case 'single_image':
      return { tone: 'error', title: text.error(now.name), text: text.singleImage };
    case 'single_audio':
      return { tone: 'error', title: text.error(now.name), text: text.singleAudio };
    case 'weights_alone':
      return { tone: 'error', title: text.error(now.name), text: text.weightsAlone };
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
    case 'half_pair':
      return { tone: 'info', title: '', text: text.half[now.has](now.name) };
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
          <div class="banner-text">
            {message.title && <strong>{message.title} </strong>}
            {message.text}
            {message.report && <CopyReport report={message.report} />}
          </div>
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

const CopyReport = ({ report }: { report: string }) => {
  const [copied, setCopied] = useState(false);
  return (
    <span class="report">
      <button
        type="button"
        class="link"
        onClick={() =>
          void navigator.clipboard?.writeText(report).then(
            () => setCopied(true),
            () => setCopied(false),
          )
        }
      >
        {copied ? text.copied : text.copy}
      </button>
      <details>
        <summary>{text.show}</summary>
        <code data-testid="crash-report">{report}</code>
      </details>
    </span>
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
