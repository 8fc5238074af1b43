// @ts-check
/** The hand that draws: it tells the editor each stroke while it grows, once a screen frame. */

import { beginStroke } from "./brushes/brushes.js";

/** @typedef {import("./types").Constraint} Constraint */
/** @typedef {import("./types").Point} Point */

export class Hand {
  /** @type {import("./brushes/brushes.js").LiveStroke | null} */
  #stroke = null;
  /** @type {Constraint | null} */
  #told = null;
  #moved = false;
  #editor;
  #tool;

  /**
   * @param {import("./editor.js").Editor} editor
   * @param {import("./tool.js").Tool} tool
   */
  constructor(editor, tool) {
    this.#editor = editor;
    this.#tool = tool;
  }

  get down() {
    return this.#stroke !== null;
  }

  /** What is being drawn, once it asks for something. */
  get constraint() {
    return this.#told;
  }

  /**
   * Begin a stroke, if there is anything to draw on yet.
   * @param {Point} point in photo coordinates
   * @param {number} pixel_px the size of a pixel of the screen in the photo
   * @param {number} [press] how hard it presses, 1 being as always
   */
  lower(point, pixel_px, press) {
    if (this.#editor.opened === null) return;
    this.#editor.hand(true);
    this.#stroke = beginStroke(this.#tool, point, pixel_px, press);
    this.#moved = true;
  }

  /**
   * @param {Point} point
   * @param {number} [press]
   */
  moveTo(point, press) {
    this.#stroke?.moveTo(point, press);
    this.#moved = true;
  }

  /** Tell what changed since the last time; a stroke may wait while the connection is busy. */
  tell() {
    if (this.#stroke === null || !this.#moved || (this.#told && this.#editor.clogged)) return;
    const constraint = this.#stroke.constraint();
    if (constraint === null) return;
    if (this.#told === null) this.#editor.draw(constraint);
    else this.#editor.redraw(constraint);
    this.#told = constraint;
    this.#moved = false;
  }

  /** The stroke is finished; returns it, or null if it asks for nothing in the end. */
  lift() {
    const stroke = this.#stroke?.constraint() ?? null;
    if (stroke === null) {
      this.abandon();
      return null;
    }
    if (this.#told === null) this.#editor.draw(stroke);
    else if (this.#moved) this.#editor.redraw(stroke);
    this.#end();
    return stroke;
  }

  /** Take back what was drawn since the hand came down. */
  abandon() {
    if (this.#told !== null) this.#editor.undo();
    this.#end();
  }

  #end() {
    if (this.#stroke !== null) this.#editor.hand(false);
    this.#stroke = this.#told = null;
    this.#moved = false;
  }
}
