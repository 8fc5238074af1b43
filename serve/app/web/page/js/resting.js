// @ts-check
/** Notices when the hand rests and nothing moves any more, so that the full result may be made. */

const QUIET_MS = 500;

export class Resting {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #handDown = false;
  #moving = false;
  #wanted = false;
  #onRest;

  /** @param {() => void} onRest called once for each time that something changed before */
  constructor(onRest) {
    this.#onRest = onRest;
  }

  /** Something changed that a result at full resolution does not show yet. */
  changed() {
    this.#wanted = true;
    this.#wait();
  }

  /** @param {boolean} down */
  hand(down) {
    this.#handDown = down;
    this.#wait();
  }

  /** @param {boolean} moving whether the server still moves the latents */
  moving(moving) {
    if (moving) this.#wanted = true;
    if (moving === this.#moving) return;
    this.#moving = moving;
    this.#wait();
  }

  /** Nothing is open any more. */
  forget() {
    this.#wanted = this.#handDown = this.#moving = false;
    clearTimeout(this.#timer);
  }

  #wait() {
    clearTimeout(this.#timer);
    if (!this.#wanted || this.#handDown || this.#moving) return;
    this.#timer = setTimeout(() => {
      this.#wanted = false;
      this.#onRest();
    }, QUIET_MS);
  }
}
