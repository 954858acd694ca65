/**
 * The page's icons: 20 × 20 strokes, drawn in the colour of the text around them. Always decorative; the control
 * that holds one carries the name.
 */
const PATHS = {
  check: 'M4 10.5l4 4 8-9',
  chevron: 'M5.5 8l4.5 4.5L14.5 8',
  close: 'M5 5l10 10M15 5L5 15',
  download: 'M10 3v9.5M6 9l4 4 4-4M4 16.5h12',
  file: 'M5.5 2.75h6l3.5 3.5v11h-9.5zM11.25 3v3.5H15',
  help: 'M7.5 7.5a2.5 2.5 0 1 1 3.6 2.25c-.8.4-1.1.9-1.1 1.75M10 14.6v.1M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15z',
  locked: 'M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9',
  target: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM10 1v4M10 15v4M1 10h4M15 10h4',
  tune: 'M3 6h8M15 6h2M13 4v4M3 14h2M9 14h8M7 12v4',
  unlocked: 'M5 9h10v8H5zM7 9V5.8a3 3 0 0 1 5.8-1',
  moon: 'M16.5 11.7A7 7 0 1 1 8.3 3.5a5.6 5.6 0 0 0 8.2 8.2z',
  open: 'M3 16V4.5h5l1.8 2H17V16zM10 13.5v-4M8 11l2-2 2 2',
  reset: 'M4 10a6 6 0 1 0 2-4.5M4 3.5v3.2h3.2',
  samples: 'M3.5 3.5h5v5h-5zM11.5 3.5h5v5h-5zM3.5 11.5h5v5h-5zM11.5 11.5h5v5h-5z',
  shield: 'M10 2.5l6 2.2v4.6c0 3.8-2.5 6.6-6 8.2-3.5-1.6-6-4.4-6-8.2V4.7zM7.3 9.8l2 2 3.4-3.8',
  sun: 'M10 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M4.3 15.7l1.4-1.4M14.3 5.7l1.4-1.4',
  warning: 'M10 3l7.5 13.5h-15zM10 8.2v3.6M10 14.2v.1',
  info: 'M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM10 9v5M10 6.2v.1',
} as const;

export type IconName = keyof typeof PATHS;

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
    <path d={PATHS[name]} />
  </svg>
);
