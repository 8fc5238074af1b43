// @ts-check
/** Everything that a person can do with the server, and what it last said. */

import { ApiError } from "./api.js";
import { Photos } from "./photos.js";
import { PictureSlots } from "./picture_slots.js";
import { Resting } from "./resting.js";
import { LIVE_VIEW_PX, Session } from "./session.js";

/** @typedef {import("./types").BundleInfo} BundleInfo */
/** @typedef {import("./types").Carried} Carried */
/** @typedef {import("./types").Constraint} Constraint */
/** @typedef {import("./types").DirectionAmount} DirectionAmount */
/** @typedef {import("./types").Edit} Edit */
/** @typedef {import("./types").FrameHeader} FrameHeader */
/** @typedef {import("./types").FrameKind} FrameKind */
/** @typedef {import("./types").Message} Message */
/** @typedef {import("./types").Numbers} Numbers */
/** @typedef {import("./types").Opened} Opened */
/** @typedef {import("./types").Photo} Photo */
/** @typedef {import("./types").PictureFrame} PictureFrame */
/** @typedef {import("./types").Rank} Rank */
/** @typedef {import("./types").Snapshot} Snapshot */
/** @typedef {import("./session.js").Opening} Opening */

const FINISHED_VIEW_PX = 4096;
const AS_IT_IS = /** @type {Carried} */ ({ change: "both", amount: 1 });
/** @type {FrameKind[]} */
const LARGE = ["live", "model", "finished", "shadow"];

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
  /** @type {PictureFrame | null} what the pad shows large */
  picture = null;
  /** @type {number | null} along the path; null is live */
  position = null;
  carried = AS_IT_IS;
  averaging = false;
  looksAtModel = false;
  handDown = false;

  #api;
  #session;
  #slots = new PictureSlots(
    (header) => this.#stillWanted(header),
    (picture) => this.#shown(picture),
  );
  #resting = new Resting(() => this.finish());
  #photos;
  /** @type {(opened: boolean) => void} */
  #openingEnds = () => {};

  /** @param {import("./api.js").Api} api */
  constructor(api) {
    super();
    this.#api = api;
    this.#photos = new Photos(api);
    this.#session = new Session(api.socket.address, api.socket.protocols);
    this.#session.addEventListener("connection", (event) => {
      this.#tell("connection", /** @type {CustomEvent} */ (event).detail);
    });
    this.#session.addEventListener("message", (event) => {
      this.#receive(/** @type {CustomEvent<Message>} */ (event).detail);
    });
    this.#session.addEventListener("frame", (event) => {
      this.#slots.receive(/** @type {CustomEvent<ArrayBuffer>} */ (event).detail);
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
      bitmap: this.#slots.get("candidate", rank.rank)?.bitmap ?? null,
    }));
  }
  /** The newest picture of a kind. */
  pictureOf(/** @type {FrameKind} */ kind, rank = 0) {
    return this.#slots.get(kind, rank);
  }

  async loadBundles() {
    await this.#attempt("bundles", async () => {
      this.bundles = await this.#api.bundles();
      this.#tell("bundles");
    });
  }
  editSchema() {
    return this.#api.editSchema();
  }
  samples() {
    return this.#api.samples();
  }
  /** @param {string} name */
  sampleBlob(name) {
    return this.#api.sample(name);
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
    this.#forget();
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
  average(/** @type {boolean} */ on) {
    this.averaging = on;
    this.#session.ask({ kind: "average", on });
    if (!on) this.#resting.changed();
    this.#tell("strokes");
  }
  shadow(/** @type {boolean} */ on) {
    this.#session.wish({ kind: "shadow", on });
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
    this.#resting.hand(down);
    this.#session.ask({ kind: "hand", down });
  }
  showCandidates(/** @type {boolean} */ on) {
    this.#session.wish({ kind: "candidates", on });
  }
  /** @param {number | null} position 0 to 1 */
  path(position) {
    this.position = position;
    this.#session.ask({ kind: "path", position });
    if (position === null) this.#resting.changed();
    this.#tell("position");
  }
  /** @param {Carried} carried */
  carry(carried) {
    this.carried = carried;
    this.#session.wish({ kind: "carry", ...carried });
    this.#resting.changed();
    this.#tell("carried");
  }
  /** @param {"photo" | "model"} what */
  view(what) {
    this.looksAtModel = what === "model";
    this.#session.wish({ kind: "view", what, view_px: LIVE_VIEW_PX });
    this.#resting.changed();
    this.#tell("view");
  }
  finish() {
    if (this.photo === null || this.#looksElsewhere) return;
    const longest = Math.max(this.photo.width_px, this.photo.height_px);
    this.#session.ask({ kind: "finish", view_px: Math.min(longest, FINISHED_VIEW_PX) });
  }

  /**
   * Have the server make a file of the edit as it is.
   * @param {"transfers" | "films" | "pages"} what
   * @param {object} body
   * @param {{signal?: AbortSignal}} how
   */
  download(what, body, { signal } = {}) {
    const request = { edit: this.edit, ...body };
    return this.#photos.serving(() => this.#api.download(what, request, signal));
  }

  /**
   * @param {Opening} opening
   * @param {Photo | null} photo
   * @returns {Promise<boolean>}
   */
  #open(opening, photo) {
    this.#openingEnds(false);
    const name = opening.bundle ?? this.bundle?.name ?? this.bundles[0]?.name;
    this.#forget();
    this.bundle = this.bundles.find((one) => one.name === name) ?? null;
    this.photo = photo;
    this.#session.open({ ...opening, bundle: name });
    return new Promise((resolve) => (this.#openingEnds = resolve));
  }

  #forget() {
    this.#slots.clear();
    this.#resting.forget();
    this.opened = this.numbers = this.picture = this.position = this.photo = null;
    this.ranks = [];
    this.carried = AS_IT_IS;
    this.averaging = this.handDown = this.looksAtModel = false;
  }

  /** @param {Message} message */
  #change(message) {
    this.averaging = false;
    this.#session.change(message);
    this.#resting.changed();
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
        this.#resting.moving(answer.moving);
        return this.#tell("numbers", answer);
      case "candidates":
        this.ranks = answer.ranks;
        return this.#tell("candidates");
      case "done":
        if (answer.job === "transform") this.#resting.changed();
        return this.#tell("done", answer);
      case "progress":
      case "cancelled":
        return this.#tell(message.kind, answer);
      case "needs_photo":
        return this.#sendPhotoAgain(answer.sha256);
      case "busy":
        setTimeout(() => this.opened && this.#resting.changed(), answer.retry_after_s * 1000);
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
    this.averaging = false;
    if (this.position !== null) this.path(this.position);
    if (opened.edit.constraints.length > 0) this.#resting.changed();
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

  /** Whether the pad shows something else than the edit itself. */
  get #looksElsewhere() {
    return this.position !== null || this.averaging || this.looksAtModel;
  }

  /**
   * Whether a picture, once decoded, is still to be shown: a result at full size that comes late
   * must not cover a newer edit, nor what the person has turned to.
   * @param {FrameHeader} header
   */
  #stillWanted({ kind, generation }) {
    return kind !== "finished" || (generation >= this.generation && !this.#looksElsewhere);
  }

  /** @param {PictureFrame} picture */
  #shown(picture) {
    if (LARGE.includes(picture.kind)) {
      const before = this.picture?.kind;
      this.picture = picture;
      if (before !== picture.kind) this.#tell("showing");
    }
    this.#tell("frame", picture);
  }

  /**
   * @param {string} name
   * @param {unknown} [detail]
   */
  #tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
