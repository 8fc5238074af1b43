// @ts-check
/**
 * The edit as the server last told it, and what was done since: those messages are shown at once,
 * and sent again when the connection was lost, so that nothing is.
 */

/** @typedef {import("./types").Constraint} Constraint */
/** @typedef {import("./types").Edit} Edit */
/** @typedef {import("./types").Message} Message */

export class EditStore {
  /** @type {Edit | null} */
  #edit = null;
  /** @type {Message[]} */
  #unacknowledged = [];
  #generation = 0;

  /** The edit as of the newest `state`. */
  get edit() {
    return this.#edit;
  }

  /** Of the newest message that changed the edit. */
  get generation() {
    return this.#generation;
  }

  /** What was done since, oldest first. */
  get unacknowledged() {
    return this.#unacknowledged;
  }

  /** Strokes as the hand sees them. */
  get strokes() {
    return this.#unacknowledged.reduce(applied, this.#edit?.constraints ?? []);
  }

  /**
   * Number a message that changes the edit and remember it until the server has told its outcome.
   * @param {Message} message
   */
  record(message) {
    const stamped = { ...message, generation: ++this.#generation };
    const newest = this.#unacknowledged.at(-1);
    if (newest && newest.kind === message.kind && REPLACING.has(message.kind)) {
      this.#unacknowledged.pop();
    }
    this.#unacknowledged.push(stamped);
    return stamped;
  }

  /**
   * Take over what the server says the edit is.
   * @param {Edit} edit
   * @param {number} generation the newest one that it reflects
   */
  acknowledge(edit, generation) {
    this.#edit = edit;
    this.#unacknowledged = this.#unacknowledged.filter(
      (message) => (message.generation ?? 0) > generation,
    );
  }

  /**
   * Forget the oldest message of a kind, which the server refused.
   * @param {string} kind
   */
  refuse(kind) {
    const index = this.#unacknowledged.findIndex((message) => message.kind === kind);
    if (index >= 0) this.#unacknowledged.splice(index, 1);
  }

  /** Begin with another edit, or with none yet. */
  begin(/** @type {Edit | null} */ edit) {
    this.#edit = edit;
    this.#unacknowledged = [];
  }

  /** Number anew what was not acknowledged, to be sent again; returns it, oldest first. */
  again() {
    this.#unacknowledged = this.#unacknowledged.map((message) => ({
      ...message,
      generation: ++this.#generation,
    }));
    return this.#unacknowledged;
  }

  /** The next generation, for a message that is not to be sent again. */
  advance() {
    this.#generation += 1;
    return this.#generation;
  }
}

const REPLACING = new Set(["redraw", "reslide"]);

/**
 * Strokes after a message, as far as that can be told here; the rest the server tells.
 * @param {Constraint[]} strokes
 * @param {Message} message
 * @returns {Constraint[]}
 */
function applied(strokes, message) {
  const constraint = /** @type {Constraint} */ (message.constraint);
  switch (message.kind) {
    case "draw":
      return [...strokes, constraint];
    case "redraw":
      return [...strokes.slice(0, -1), constraint];
    case "remove":
      return strokes.filter((_, index) => index !== message.index);
    case "restart":
      return [];
    default:
      return strokes;
  }
}
