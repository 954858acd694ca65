/**
 * Runs a turn of work per macrotask, so that messages which arrive meanwhile are seen between two turns.
 * A MessageChannel and not a timer, because nested timers are held back by 4 ms.
 */
export class Pump {
  readonly #turn: () => boolean;
  readonly #channel = new MessageChannel();
  #running = false;

  /** `turn` does a small piece of work and says whether there is more. */
  constructor(turn: () => boolean) {
    this.#turn = turn;
    this.#channel.port1.onmessage = () => {
      this.#running = this.#turn();
      if (this.#running) this.#channel.port2.postMessage(null);
    };
  }

  wake(): void {
    if (this.#running) return;
    this.#running = true;
    this.#channel.port2.postMessage(null);
  }
}
