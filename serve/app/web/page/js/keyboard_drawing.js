// @ts-check
/** Drawing without a mouse: arrow keys move the brush, Enter or Space puts it down and lifts it. */

import { BRUSHES } from "./brushes/brushes.js";

/** @typedef {import("./types").Point} Point */

const STEP_PX = 12;
const FINE_STEP_PX = 1;
/** @type {Record<string, Point>} */
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export class KeyboardDrawing {
  #byKeys = false;
  #editor;
  #pad;
  #hand;
  #tool;
  #eyedropper;
  #announce;

  /**
   * @param {import("./editor.js").Editor} editor
   * @param {import("./pad.js").Pad} pad
   * @param {import("./hand.js").Hand} hand
   * @param {import("./tool.js").Tool} tool
   * @param {import("./eyedropper.js").Eyedropper} eyedropper
   * @param {(sentence: string) => void} announce
   */
  constructor(editor, pad, hand, tool, eyedropper, announce) {
    this.#editor = editor;
    this.#pad = pad;
    this.#hand = hand;
    this.#tool = tool;
    this.#eyedropper = eyedropper;
    this.#announce = announce;
    const { canvas } = pad;
    canvas.addEventListener("keydown", (event) => this.#down(event));
    canvas.addEventListener("keyup", (event) => this.#up(event));
    canvas.addEventListener("pointermove", () => (this.#byKeys = false));
    canvas.addEventListener("blur", () => this.#hand.down && this.#hand.lift());
  }

  /** @param {KeyboardEvent} event */
  #down(event) {
    if (this.#editor.canvas === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow !== undefined) this.#step(arrow, event.shiftKey ? FINE_STEP_PX : STEP_PX);
    else if (event.key === "Enter" && !event.repeat) this.#toggle();
    else if (event.key === "Escape" && this.#hand.down) this.#abandon();
    else if (event.key !== " ") return;
    event.preventDefault();
    if (event.key === "Escape") event.stopPropagation();
  }

  /** Space with the mouse moves the photo, so that it draws only where arrow keys led the brush. */
  #up(/** @type {KeyboardEvent} */ event) {
    if (event.key === " " && this.#byKeys) this.#toggle();
  }

  /**
   * @param {Point} towards
   * @param {number} step_px of the screen
   */
  #step([x, y], step_px) {
    const step = step_px / this.#pad.scale;
    const { width_px, height_px } = this.#canvas;
    const [left, top] = this.#place;
    /** @type {Point} */
    const next = [
      Math.min(Math.max(left + x * step, 0), width_px),
      Math.min(Math.max(top + y * step, 0), height_px),
    ];
    this.#byKeys = true;
    this.#pad.brushAt = next;
    this.#hand.moveTo(next);
    this.#follow(next);
    this.#pad.repaint();
    this.#announce(this.#described(next));
  }

  #toggle() {
    const here = this.#place;
    this.#pad.brushAt = here;
    if (this.#eyedropper.held) return this.#eyedropper.take(here);
    const { label } = BRUSHES[this.#tool.brush];
    if (this.#hand.down) {
      const drawn = this.#hand.lift() !== null;
      this.#announce(drawn ? `${label} drawn.` : `${label}: nothing was dragged.`);
    } else {
      this.#hand.lower(here, 1 / this.#pad.scale);
      this.#announce(`${label} brush down, ${this.#described(here)}.`);
    }
    this.#pad.repaint();
  }

  #abandon() {
    this.#hand.abandon();
    this.#pad.repaint();
    this.#announce("Stroke taken back.");
  }

  /** Move the photo so that the brush stays on the pad. */
  #follow(/** @type {Point} */ point) {
    const [x, y] = this.#pad.toScreen(point);
    const { clientWidth, clientHeight } = this.#pad.canvas;
    const beyond = (/** @type {number} */ place, /** @type {number} */ size) =>
      Math.min(place - STEP_PX, 0) + Math.max(place - size + STEP_PX, 0);
    const by = /** @type {Point} */ ([-beyond(x, clientWidth), -beyond(y, clientHeight)]);
    if (by[0] !== 0 || by[1] !== 0) this.#pad.panBy(by);
  }

  /** @returns {Point} */
  get #place() {
    const { width_px, height_px } = this.#canvas;
    return this.#pad.brushAt ?? [width_px / 2, height_px / 2];
  }

  get #canvas() {
    return this.#editor.canvas ?? { width_px: 1, height_px: 1 };
  }

  /** @param {Point} point */
  #described([x, y]) {
    const { width_px, height_px } = this.#canvas;
    const across = Math.round((100 * x) / width_px);
    return `${across} % across, ${Math.round((100 * y) / height_px)} % down`;
  }
}
