// @ts-check
/** One session with the server that outlives its connections: it is opened again where it stood. */

import { Connection } from "./connection.js";
import { EditStore } from "./edit_store.js";

/** @typedef {import("./types").Edit} Edit */
/** @typedef {import("./types").Message} Message */
/**
 * @typedef {object} Opening
 * @property {string} [bundle]
 * @property {string} [photo] SHA-256
 * @property {Edit} [edit]
 * @property {"photo" | "random" | "empty"} [start]
 * @property {"centre" | "whole" | "found"} [frame] which square of the photo the model sees
 * @property {number} [seed]
 */

export const LIVE_VIEW_PX = 640;

const OF_AN_OPEN_EDIT = new Set(["state", "numbers", "candidates", "done", "cancelled"]);

/** Events: "connection" {state}, "message" {Message}, "frame" {ArrayBuffer}. */
export class Session extends EventTarget {
  #store = new EditStore();
  #connection;
  /** @type {Opening} */
  #opening = {};
  /** @type {Map<string, Message>} how this page wants its session, told to each new one */
  #wishes = new Map();
  #ready = false;
  #openingGeneration = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;

  /**
   * @param {string} address
   * @param {string[]} protocols
   */
  constructor(address, protocols) {
    super();
    this.#connection = new Connection(address, protocols);
    this.#connection.addEventListener("state", () => this.#connectionChanged());
    this.#connection.addEventListener("message", (event) => {
      this.#receive(/** @type {CustomEvent<Message>} */ (event).detail);
    });
    this.#connection.addEventListener("frame", (event) => {
      if (this.#ready) this.#tell("frame", /** @type {CustomEvent<ArrayBuffer>} */ (event).detail);
    });
  }

  get edit() {
    return this.#store.edit;
  }
  get strokes() {
    return this.#store.strokes;
  }
  get generation() {
    return this.#store.generation;
  }
  get connection() {
    return this.#connection.state;
  }
  /** Whether a stroke that is still drawn should wait for what was sent before. */
  get clogged() {
    return this.#connection.clogged;
  }

  /** @param {Opening} opening */
  open(opening) {
    this.#opening = opening;
    this.#ready = false;
    this.#wishes.clear();
    this.#store.begin(opening.edit ?? null);
    if (this.connection === "open") this.sendOpening();
    else this.#connection.open();
  }

  close() {
    this.#connection.close();
    this.#ready = false;
    clearTimeout(this.#retry);
    this.#opening = {};
    this.#wishes.clear();
    this.#store.begin(null);
  }

  /** Say what is to be open: the edit as it stood, or what it begins from. */
  sendOpening() {
    const { bundle, photo, frame } = this.#opening;
    const begin = this.edit === null ? this.#opening : { bundle, photo, frame, edit: this.edit };
    clearTimeout(this.#retry);
    const generation = this.#store.advance();
    this.#openingGeneration = generation;
    this.#connection.send({ kind: "open", generation, ...begin, view_px: LIVE_VIEW_PX });
  }

  /** A message that changes the edit: it is not lost with the connection. */
  change(/** @type {Message} */ message) {
    const stamped = this.#store.record(message);
    if (this.#ready) this.#connection.send(stamped);
  }

  /** A message for the moment. */
  ask(/** @type {Message} */ message) {
    if (this.#ready) this.#connection.send({ ...message, generation: this.generation });
  }

  /** A message that holds for this session from now on; the newest of its kind counts. */
  wish(/** @type {Message} */ message) {
    this.#wishes.set(message.kind, message);
    this.ask(message);
  }

  /** Repeat the newest message of a kind that the server could not follow yet. */
  repeat(/** @type {string} */ kind) {
    const message = this.#store.unacknowledged.filter((one) => one.kind === kind).at(-1);
    if (message && this.#ready) this.#connection.send(message);
  }

  #connectionChanged() {
    this.#ready = false;
    if (this.connection === "open") this.sendOpening();
    this.#tell("connection", { state: this.connection });
  }

  /** @param {Message} message */
  #receive(message) {
    const answer = /** @type {any} */ (message);
    const ofAnother = message.kind === "opened" && message.generation !== this.#openingGeneration;
    if (ofAnother || (!this.#ready && OF_AN_OPEN_EDIT.has(message.kind))) return;
    if (message.kind === "opened") this.#begin(answer.edit);
    if (message.kind === "state") this.#store.acknowledge(answer.edit, answer.generation);
    if (message.kind === "busy") this.#askLater(answer.retry_after_s);
    if (message.kind === "error" && answer.about !== null) this.#store.refuse(answer.about);
    this.#tell("message", message);
  }

  /** The server is full: open again when it said to, over this connection or another. */
  #askLater(/** @type {number} */ seconds) {
    this.#connection.waitAtLeast(seconds);
    if (this.#ready) return;
    this.#retry = setTimeout(() => {
      if (this.connection === "open") this.sendOpening();
    }, seconds * 1000);
  }

  /** @param {Edit} edit */
  #begin(edit) {
    this.#connection.settle();
    this.#ready = true;
    this.#store.acknowledge(edit, 0);
    for (const message of this.#store.again()) this.#connection.send(message);
    for (const message of this.#wishes.values()) this.ask(message);
  }

  /**
   * @param {string} name
   * @param {unknown} detail
   */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
