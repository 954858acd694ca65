/**
 * All printing of numbers and units for people. Decimal units, the same as on the axes of the curves.
 */
const NBSP = '\u00a0';
const MINUS = '\u2212';

const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** Three significant digits, never an exponent: 1.07, 28.4, 284. */
const three = (value: number): string => {
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return value.toFixed(digits);
};

const scaled = (value: number, units: readonly string[], whole: boolean): string => {
  let scale = 0;
  let rest = value;
  while (rest >= 999.5 && scale < units.length - 1) {
    rest /= 1000;
    scale += 1;
  }
  const number = scale === 0 && whole ? grouped.format(rest) : three(rest);
  const unit = units[scale] ?? '';
  return unit === '' ? number : `${number}${NBSP}${unit}`;
};

export const bytes = (value: number): string => scaled(value, ['B', 'kB', 'MB', 'GB'], true);

/** Counts of parameters and multiply-accumulates: 266 k, 2.29 M. */
export const count = (value: number): string => scaled(value, ['', 'k', 'M', 'G'], true);

/** Units read aloud: "284 kilobytes". */
export const spokenBytes = (value: number): string =>
  scaled(value, ['bytes', 'kilobytes', 'megabytes', 'gigabytes'], true).replace(NBSP, ' ');

export const spokenCount = (value: number): string =>
  scaled(value, ['', 'thousand', 'million', 'billion'], true).replace(NBSP, ' ');

/** A whole number with thousands separators: 10,000. */
export const whole = (value: number): string => grouped.format(value);

/** A ratio as a percentage, 0.968 -> "96.8 %". */
export const percent = (ratio: number, digits = 1): string => `${(ratio * 100).toFixed(digits)}${NBSP}%`;

/** An accuracy, with the digits that its number of samples can carry. */
export const accuracy = (ratio: number, samples: number): string => percent(ratio, samples > 1000 ? 2 : 1);

/** A value of no unit, with three significant digits: 0.0123, 1.23, 12.3, 1.2e-7. */
export const plain = (value: number): string => {
  const size = Math.abs(value);
  const sign = value < 0 ? MINUS : '';
  if (size === 0) return '0';
  if (size < 1e-4 || size >= 1e6) return `${sign}${size.toExponential(1)}`;
  return `${sign}${size >= 100 ? grouped.format(size) : Number(size.toPrecision(3))}`;
};

/** A difference of two accuracies in percentage points, with its sign: "−0.6". */
export const points = (difference: number, digits = 1): string => {
  const text = Math.abs(difference * 100).toFixed(digits);
  if (Number(text) === 0) return `\u00b1${text}`;
  return `${difference < 0 ? MINUS : '+'}${text}`;
};

/** A relative change with its sign: 71 of 266 -> "−73 %". */
export const change = (now: number, before: number): string => {
  if (before === 0) return `\u00b10${NBSP}%`;
  const share = now / before - 1;
  const text = Math.abs(share * 100).toFixed(Math.abs(share) < 0.0995 ? 1 : 0);
  if (Number(text) === 0) return `\u00b10${NBSP}%`;
  return `${share < 0 ? MINUS : '+'}${text}${NBSP}%`;
};

const DURATIONS = [
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, '\u00b5s'],
] as const;

/** A time that is an estimate, with two significant digits: 3.2 ms, 41 µs, 120 ms. */
export const duration = (seconds: number): string => {
  const value = Number(seconds.toPrecision(2));
  const [factor, unit] = DURATIONS.find(([least]) => value >= least) ?? [1e-6, '\u00b5s'];
  const number = value / factor;
  const text = number < 9.95 ? number.toFixed(1) : grouped.format(Number(number.toPrecision(2)));
  return `${text}${NBSP}${unit}`;
};

/** Memory as data sheets state it: 64 KiB, 1 MiB. */
export const binary = (value: number): string => {
  const [size, unit] = value >= 1 << 20 ? [value / (1 << 20), 'MiB'] : [value / 1024, 'KiB'];
  return `${Number(size.toFixed(1))}${NBSP}${unit}`;
};

/** A clock: 72 MHz, 1.2 GHz. */
export const frequency = (hertz: number): string =>
  hertz >= 1e9 ? `${Number((hertz / 1e9).toFixed(1))}${NBSP}GHz` : `${Math.round(hertz / 1e6)}${NBSP}MHz`;

export type Ratio = { factor: string; direction: 'smaller' | 'larger' | 'same' };

/** How many times smaller or larger: 266 -> 71 is 3.7× smaller. */
export const ratio = (now: number, before: number): Ratio => {
  if (now <= 0 || before <= 0) return { factor: '', direction: 'same' };
  const direction = now < before ? 'smaller' : 'larger';
  const value = now < before ? before / now : now / before;
  if (value < 1.005) return { factor: '', direction: 'same' };
  const digits = value < 2 ? 2 : value < 20 ? 1 : 0;
  return { factor: `${value.toFixed(digits)}\u00d7`, direction };
};

export const shape = (dimensions: readonly number[]): string => dimensions.join(`${NBSP}\u00d7${NBSP}`);

/** A name of at most `length` characters: the middle is left out, because both ends tell layers apart. */
export const shortened = (name: string, length: number): string => {
  if (name.length <= length) return name;
  const head = Math.floor((length - 1) / 2);
  return `${name.slice(0, head)}…${name.slice(name.length - (length - 1 - head))}`;
};

/** With a full stop at its end, if it has none: the engine's messages are parts of sentences on the command line. */
export const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
