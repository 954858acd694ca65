/**
 * The mark: three sepals, one of them already left out.
 */
const SEPAL = 'M16 29C10.2 23.5 10 13.5 16 5c6 8.5 5.8 18.5 0 24z';

export const Wordmark = () => (
  <svg class="wordmark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <path class="wordmark-side" d={SEPAL} transform="rotate(-48 16 29)" />
    <path class="wordmark-gone" d={SEPAL} transform="rotate(48 16 29)" />
    <path class="wordmark-middle" d={SEPAL} />
  </svg>
);
