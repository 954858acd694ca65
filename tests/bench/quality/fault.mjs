/**
 * @file What is wrong with a report of sepal: figures that are missing, or limits that are exceeded. Pure.
 */

const FIGURES = ['bytes', 'base_bytes', 'macs', 'base_macs', 'accuracy', 'base_accuracy'];

/** The limits of sepal fit, and the figures that they limit. */
const LIMITS = { '--flash': 'bytes', '--macs': 'macs' };

/**
 * The first fault, or null.
 * @param {Record<string, unknown>} report
 * @param {string[]} args those that it was made with
 * @returns {string | null}
 */
export function faultOf(report, args) {
  const absent = FIGURES.filter((name) => !Number.isFinite(report[name]));
  if (absent.length > 0) {
    return `the report holds no ${absent.join(', ')}`;
  }
  for (const [option, name] of Object.entries(LIMITS)) {
    const at = args.indexOf(option);
    if (at >= 0 && Number(report[name]) > Number(args[at + 1])) {
      return `${name} are ${report[name]}, more than ${option} ${args[at + 1]}`;
    }
  }
  return null;
}
