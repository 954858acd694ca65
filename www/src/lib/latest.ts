/**
 * Of several tries at the same thing only the newest counts.
 */

/** One try. */
export type Turn = {
  /** Whether no other has begun since, and none was cancelled. */
  readonly isNewest: () => boolean;
};

export class Latest {
  #turn = 0;

  /** A new try: every older one is outdated from now on. */
  begin(): Turn {
    this.#turn += 1;
    const turn = this.#turn;
    return { isNewest: () => turn === this.#turn };
  }

  /** From now on none counts. */
  cancel(): void {
    this.#turn += 1;
  }
}
