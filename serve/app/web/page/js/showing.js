// @ts-check
/** What the person looks at: the edit as it moves, a place on the way to it, or its full result. */

import { PictureSlots } from "./picture_slots.js";
import { Resting } from "./resting.js";
import { LIVE_VIEW_PX } from "./session.js";

/** @typedef {import("./types").Carried} Carried */
/** @typedef {import("./types").FrameHeader} FrameHeader */
/** @typedef {import("./types").FrameKind} FrameKind */
/** @typedef {import("./types").Photo} Photo */
/** @typedef {import("./types").PictureFrame} PictureFrame */

const FINISHED_VIEW_PX = 4096;
const AS_IT_IS = /** @type {Carried} */ ({ change: "both", amount: 1 });
/** @type {FrameKind[]} */
const OF_EDIT = ["live", "model", "finished"];

/** Tells of the editor's events those that are about this. */
export class Showing {
  /** @type {PictureFrame | null} what the pad shows large */
  picture = null;
  /** @type {number | null} along the path; null is live */
  position = null;
  carried = AS_IT_IS;
  averaging = false;
  shadowing = false;
  looksAtModel = false;

  #session;
  #tell;
  /** @type {Photo | null} */
  #photo = null;
  /** @type {PictureFrame | null} the newest of the edit, its result at full size included */
  #ofEdit = null;
  /** @type {PictureFrame | null} the newest since shadows are looked at */
  #shadow = null;
  #slots = new PictureSlots(
    (header) => this.#stillWanted(header),
    (picture) => this.#shown(picture),
  );
  #resting = new Resting(() => this.#finish());

  /**
   * @param {import("./session.js").Session} session
   * @param {(event: string, detail?: unknown) => void} tell
   */
  constructor(session, tell) {
    this.#session = session;
    this.#tell = tell;
    session.addEventListener("frame", (event) => {
      this.#slots.receive(/** @type {CustomEvent<ArrayBuffer>} */ (event).detail);
    });
  }

  /** The newest picture of a kind. */
  pictureOf(/** @type {FrameKind} */ kind, rank = 0) {
    return this.#slots.get(kind, rank);
  }

  /** Begin anew, with an edit of this photo. */
  begin(/** @type {Photo | null} */ photo) {
    this.#photo = photo;
    this.#slots.clear();
    this.#resting.forget();
    this.picture = this.#ofEdit = this.#shadow = this.position = null;
    this.carried = AS_IT_IS;
    this.averaging = this.shadowing = this.looksAtModel = false;
  }
  /** The server goes on with the edit: it has to be told again what is looked at. */
  resume() {
    this.averaging = false;
    if (this.position !== null) this.path(this.position);
  }
  /** The edit is another from here on, and is what is looked at. */
  editChanged() {
    this.averaging = false;
    this.#resting.changed();
  }
  /** There is something that no result at full size shows yet. */
  changed() {
    this.#resting.changed();
  }
  hand(/** @type {boolean} */ down) {
    this.#resting.hand(down);
  }
  moving(/** @type {boolean} */ moving) {
    this.#resting.moving(moving);
  }

  average(/** @type {boolean} */ on) {
    this.averaging = on;
    this.#session.ask({ kind: "average", on });
    if (!on) this.#resting.changed();
    this.#tell("strokes");
  }
  shadow(/** @type {boolean} */ on) {
    this.shadowing = on;
    this.#shadow = null;
    this.#session.wish({ kind: "shadow", on });
    this.#choose();
    if (!on) this.#resting.changed();
    this.#tell("strokes");
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

  #finish() {
    if (this.#photo === null || this.#looksElsewhere) return;
    const longest = Math.max(this.#photo.width_px, this.#photo.height_px);
    this.#session.ask({ kind: "finish", view_px: Math.min(longest, FINISHED_VIEW_PX) });
  }

  /** Whether the pad shows something else than the edit itself. */
  get #looksElsewhere() {
    return this.position !== null || this.averaging || this.shadowing || this.looksAtModel;
  }

  /**
   * Whether a picture, once decoded, is still to be shown: a result at full size that comes late
   * must not cover a newer edit, nor what the person has turned to.
   * @param {FrameHeader} header
   */
  #stillWanted({ kind, generation }) {
    const current = generation >= this.#session.generation && !this.#looksElsewhere;
    return kind !== "finished" || current;
  }

  /** @param {PictureFrame} picture */
  #shown(picture) {
    if (picture.kind === "shadow") this.#shadow = this.shadowing ? picture : null;
    else if (OF_EDIT.includes(picture.kind)) this.#ofEdit = picture;
    this.#choose();
    this.#tell("frame", picture);
  }

  #choose() {
    const before = this.picture?.kind;
    this.picture = this.#shadow ?? this.#ofEdit;
    if (before !== this.picture?.kind) this.#tell("showing");
  }
}
