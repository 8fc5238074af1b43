// @ts-check
/** The edit: what a person opens and does to it, and what the server last said of it. */

import { ApiError } from "./api.js";
import { Photos } from "./photos.js";
import { Session } from "./session.js";
import { Showing } from "./showing.js";

/** @typedef {import("./types").BundleInfo} BundleInfo */
/** @typedef {import("./types").Constraint} Constraint */
/** @typedef {import("./types").DirectionAmount} DirectionAmount */
/** @typedef {import("./types").Edit} Edit */
/** @typedef {import("./types").Message} Message */
/** @typedef {import("./types").Numbers} Numbers */
/** @typedef {import("./types").Opened} Opened */
/** @typedef {import("./types").Photo} Photo */
/** @typedef {import("./types").Rank} Rank */
/** @typedef {import("./types").Snapshot} Snapshot */
/** @typedef {import("./session.js").Opening} Opening */

/**
 * Events, each with the detail in braces: bundles, opening {name}, opened {Opened}, closed,
 * reopened {Opened} after a lost connection, state {generation}, strokes, frame {PictureFrame},
 * candidates, numbers {Numbers}, progress {job, done, total}, done {job}, cancelled {job},
 * connection {state}, failure {sentence, about}, showing, position, carried, view.
 */
export class Editor extends EventTarget {
  /** @type {BundleInfo[]} */
  bundles = [];
  /** @type {BundleInfo | null} */
  bundle = null;
  /** @type {Photo | null} */
  photo = null;
  /** @type {Opened | null} */
  opened = null;
  /** @type {Numbers | null} */
  numbers = null;
  /** @type {Rank[]} */
  ranks = [];
  handDown = false;
  showing;

  #api;
  #session;
  #photos;
  /** @type {(opened: boolean) => void} */
  #openingEnds = () => {};

  /** @param {import("./api.js").Api} api */
  constructor(api) {
    super();
    this.#api = api;
    this.#photos = new Photos(api);
    this.#session = new Session(api.socket.address, api.socket.protocols);
    this.showing = new Showing(this.#session, (event, detail) => this.#tell(event, detail));
    this.#session.addEventListener("connection", (event) => {
      this.#tell("connection", /** @type {CustomEvent} */ (event).detail);
    });
    this.#session.addEventListener("message", (event) => {
      this.#receive(/** @type {CustomEvent<Message>} */ (event).detail);
    });
  }

  /** As of the newest state that the server told. */
  get edit() {
    return this.#session.edit;
  }
  /** As the hand sees them, before the server has. */
  get strokes() {
    return this.#session.strokes;
  }
  get generation() {
    return this.#session.generation;
  }
  get connection() {
    return this.#session.connection;
  }
  get clogged() {
    return this.#session.clogged;
  }
  get canvas() {
    return this.opened?.canvas ?? null;
  }
  get frame() {
    return this.opened?.frame ?? null;
  }
  get canUndo() {
    return (this.edit?.history?.past.length ?? 0) > 0 || this.strokes.length > 0;
  }
  get canRedo() {
    return (this.edit?.history?.future.length ?? 0) > 0;
  }
  get candidates() {
    return this.ranks.map((rank) => ({
      ...rank,
      bitmap: this.showing.pictureOf("candidate", rank.rank)?.bitmap ?? null,
    }));
  }

  async loadBundles() {
    await this.#attempt("bundles", async () => {
      this.bundles = await this.#api.bundles();
      this.#tell("bundles");
    });
  }

  /**
   * Open a photo, or an edit of it; resolves to whether that worked.
   * @param {Blob} blob
   * @param {string} name
   * @param {Pick<Opening, "bundle" | "edit" | "frame">} how
   */
  async openPhoto(blob, name, { bundle, edit, frame } = {}) {
    this.#tell("opening", { name });
    return this.#attempt("open", async () => {
      const { sha256, width_px, height_px } = await this.#photos.put(blob);
      const photo = { blob, name, sha256, width_px, height_px };
      return this.#open({ bundle, edit, frame, photo: sha256, start: "photo" }, photo);
    });
  }
  /** @param {{bundle?: string, seed?: number}} how */
  openRandom({ bundle, seed = crypto.getRandomValues(new Uint32Array(1))[0] } = {}) {
    this.#tell("opening", { name: "a random picture" });
    return this.#open({ bundle, seed, start: "random" }, null);
  }
  /** @param {{bundle?: string}} how */
  openEmpty({ bundle } = {}) {
    this.#tell("opening", { name: "an empty canvas" });
    return this.#open({ bundle, start: "empty" }, null);
  }
  /**
   * Open a saved session; one that was made on a photo needs that photo.
   * @param {Edit} edit
   * @param {Blob | null} photo
   * @param {string} [name]
   */
  openEdit(edit, photo, name = "the saved session") {
    const bundle = edit.bundle?.name;
    if (photo !== null) return this.openPhoto(photo, name, { bundle, edit });
    this.#tell("opening", { name });
    return this.#open({ bundle, edit }, null);
  }
  /**
   * Let the model see another square of the photo; what was drawn stays, picks and history do not.
   * @param {"centre" | "whole" | "found"} frame
   */
  async reframe(frame) {
    if (this.photo === null || this.edit === null) return false;
    const { version, photo, seed, directions, settings } = this.edit;
    const edit = { version, photo, seed, directions, settings, constraints: this.strokes };
    return this.openPhoto(this.photo.blob, this.photo.name, { edit, frame });
  }
  close() {
    this.#openingEnds(false);
    this.#session.close();
    this.#forget(null);
    this.#photos.forget();
    this.#tell("closed");
  }

  /** @returns {Snapshot | null} what `resume` goes on from, in another page too */
  snapshot() {
    if (this.edit === null || this.bundle === null) return null;
    const photo = this.photo && { blob: this.photo.blob, name: this.photo.name };
    return { bundle: this.bundle.name, edit: this.edit, photo };
  }
  /** @param {Snapshot} snapshot */
  resume({ bundle, edit, photo }) {
    const named = { bundle: { name: bundle, digest: "" }, ...edit };
    return this.openEdit(named, photo?.blob ?? null, photo?.name);
  }

  /** @param {Constraint} constraint */
  draw(constraint) {
    this.#change({ kind: "draw", constraint });
  }
  /** @param {Constraint} constraint the newest stroke as it is now */
  redraw(constraint) {
    this.#change({ kind: "redraw", constraint });
  }
  remove(/** @type {number} */ index) {
    this.#change({ kind: "remove", index });
  }
  undo() {
    this.#change({ kind: "undo" });
  }
  redo() {
    this.#change({ kind: "redo" });
  }
  fix() {
    this.#change({ kind: "fix" });
  }
  restart() {
    this.#change({ kind: "restart" });
  }
  pick(/** @type {number} */ rank) {
    this.#change({ kind: "pick", rank });
  }
  slide(/** @type {DirectionAmount[]} */ directions) {
    this.#change({ kind: "slide", directions });
  }
  reslide(/** @type {DirectionAmount[]} */ directions) {
    this.#change({ kind: "reslide", directions });
  }
  settings(/** @type {Record<string, number | string>} */ settings) {
    this.#change({ kind: "settings", settings });
  }
  /**
   * Let the photo become like another one.
   * @param {Blob} blob
   */
  async transform(blob) {
    return this.#attempt("transform", async () => {
      const { sha256 } = await this.#photos.put(blob);
      this.#change({ kind: "transform", photo: sha256 });
      return true;
    });
  }

  hand(/** @type {boolean} */ down) {
    this.handDown = down;
    this.showing.hand(down);
    this.#session.ask({ kind: "hand", down });
  }
  showCandidates(/** @type {boolean} */ on) {
    this.#session.wish({ kind: "candidates", on });
  }

  /**
   * Have the server make a file of the edit as it is.
   * @param {"transfers" | "films" | "pages"} what
   * @param {object} body
   * @param {string} job whose "progress" is told
   * @param {AbortSignal} signal
   */
  download(what, body, job, signal) {
    const request = { edit: this.edit, ...body };
    return this.#photos.serving(() => this.#api.download(what, request, job, signal));
  }

  /**
   * @param {Opening} opening
   * @param {Photo | null} photo
   * @returns {Promise<boolean>}
   */
  #open(opening, photo) {
    this.#openingEnds(false);
    const name = opening.bundle ?? this.bundle?.name ?? this.bundles[0]?.name;
    this.#forget(photo);
    this.bundle = this.bundles.find((one) => one.name === name) ?? null;
    this.#session.open({ ...opening, bundle: name });
    return new Promise((resolve) => (this.#openingEnds = resolve));
  }

  /** @param {Photo | null} photo that is edited from here on */
  #forget(photo) {
    this.photo = photo;
    this.opened = this.numbers = null;
    this.ranks = [];
    this.handDown = false;
    this.showing.begin(photo);
  }

  /** @param {Message} message */
  #change(message) {
    this.#session.change(message);
    this.showing.editChanged();
    this.#tell("strokes");
  }

  /** @param {Message} message */
  #receive(message) {
    const answer = /** @type {any} */ (message);
    switch (message.kind) {
      case "opened":
        return this.#begin(answer);
      case "state":
        this.#tell("state", { generation: answer.generation });
        return this.#tell("strokes");
      case "numbers":
        this.numbers = answer;
        this.showing.moving(answer.moving);
        return this.#tell("numbers", answer);
      case "candidates":
        this.ranks = answer.ranks;
        return this.#tell("candidates");
      case "done":
        if (answer.job === "transform") this.showing.changed();
        return this.#tell("done", answer);
      case "progress":
      case "cancelled":
        return this.#tell(message.kind, answer);
      case "needs_photo":
        return this.#sendPhotoAgain(answer.sha256);
      case "busy":
        setTimeout(() => this.opened && this.showing.changed(), answer.retry_after_s * 1000);
        return this.#tell("failure", { sentence: answer.sentence, about: "busy" });
      case "bye":
        return this.#tell("failure", { sentence: answer.sentence, about: "bye" });
      case "error":
        return this.#refused(answer);
    }
  }

  /** @param {Opened} opened */
  #begin(opened) {
    const name = this.opened === null ? "opened" : "reopened";
    this.opened = opened;
    this.showing.resume();
    if (opened.edit.constraints.length > 0) this.showing.changed();
    this.#openingEnds(true);
    this.#tell(name, opened);
    this.#tell("strokes");
  }

  /** @param {{sentence: string, about: string | null}} error */
  #refused({ sentence, about }) {
    this.#tell("strokes");
    this.#tell("failure", { sentence, about });
    if (about !== "open") return;
    this.#openingEnds(false);
    if (this.opened === null) this.#tell("closed");
  }

  /** @param {string} sha256 */
  #sendPhotoAgain(sha256) {
    const about = sha256 === this.photo?.sha256 ? "open" : "transform";
    return this.#attempt(about, async () => {
      if (!(await this.#photos.sendAgain(sha256))) {
        const sentence = "The server asks for a photo that this page does not have; open it again.";
        throw new ApiError(0, sentence);
      }
      if (about === "open") this.#session.sendOpening();
      else this.#session.repeat(about);
    });
  }

  /**
   * @param {string} about
   * @param {() => Promise<boolean | void>} action
   */
  async #attempt(about, action) {
    try {
      return (await action()) ?? true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#tell("failure", { sentence: error.message, about });
      return false;
    }
  }

  /**
   * @param {string} name
   * @param {unknown} [detail]
   */
  #tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
