// @ts-check
/** The socket of one session: it comes back by itself, ever more patiently. */

/** @typedef {import("./types").Message} Message */
/** @typedef {"idle" | "connecting" | "open" | "lost"} ConnectionState */

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 8000;
const CLOGGED_BYTES = 64 * 1024;
const REFUSED_FOR_GOOD = 1008;

/**
 * How long to wait before an attempt, counted from 0: doubled each time, up to a quarter less so
 * that many pages do not all come back at once.
 * @param {number} attempt
 * @param {number} chance 0 to 1
 */
export function delayMs(attempt, chance) {
  return Math.min(FIRST_DELAY_MS * 2 ** attempt, LONGEST_DELAY_MS) * (1 - chance / 4);
}

/** Events: "state" {state}, "message" {Message}, "frame" {ArrayBuffer}. */
export class Connection extends EventTarget {
  /** @type {WebSocket | null} */
  #socket = null;
  #address;
  #protocols;
  #attempt = 0;
  #notBefore = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ConnectionState} */
  #state = "idle";

  /**
   * @param {string} address
   * @param {string[]} protocols
   */
  constructor(address, protocols) {
    super();
    this.#address = address;
    this.#protocols = protocols;
  }

  get state() {
    return this.#state;
  }

  /** Whether more waits to be sent than a live stroke should add to. */
  get clogged() {
    return (this.#socket?.bufferedAmount ?? 0) > CLOGGED_BYTES;
  }

  open() {
    if (this.#state === "connecting" || this.#state === "open") return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  close() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    this.#attempt = 0;
    this.#become("idle");
    socket?.close();
  }

  /** @param {Message} message */
  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** Do not try again sooner than this, as the server asked. */
  waitAtLeast(/** @type {number} */ seconds) {
    this.#notBefore = Date.now() + seconds * 1000;
  }

  /** The server answers: the next loss is tried again at once. */
  settle() {
    this.#attempt = 0;
  }

  #connect() {
    this.#become("connecting");
    const socket = new WebSocket(this.#address, this.#protocols);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onopen = () => socket === this.#socket && this.#become("open");
    socket.onmessage = ({ data }) => {
      if (socket !== this.#socket) return;
      if (typeof data === "string") this.#tell("message", JSON.parse(data));
      else this.#tell("frame", data);
    };
    socket.onclose = ({ code }) => socket === this.#socket && this.#lost(code);
  }

  /** @param {number} code why the socket closed */
  #lost(code) {
    this.#socket = null;
    this.#become("lost");
    if (code === REFUSED_FOR_GOOD) return;
    const asked = Math.max(this.#notBefore - Date.now(), 0);
    const delay = Math.max(delayMs(this.#attempt, Math.random()), asked);
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.#connect(), delay);
  }

  /** @param {ConnectionState} state */
  #become(state) {
    this.#state = state;
    this.#tell("state", state);
  }

  /**
   * @param {string} name
   * @param {unknown} detail
   */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
