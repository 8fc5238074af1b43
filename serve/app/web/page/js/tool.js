// @ts-check
/** What the hand holds: the brush, its colour and its width. Tells "change". */

/** @typedef {import("./types").BrushName} BrushName */
/** @typedef {import("./types").Colour} Colour */
/** @typedef {import("./types").Erasable} Erasable */

/** @type {Erasable[]} */
export const ERASABLE = ["colour", "sketch", "keep"];

const FINEST_PX = 1;

export class Tool extends EventTarget {
  /** @type {BrushName} */
  #brush = "colour";
  /** @type {Colour} */
  #colour = [190, 30, 40];
  /** @type {Erasable} */
  #erases = "colour";
  #strength = 1;
  #width_px = 24;
  #widest_px = 240;

  get brush() {
    return this.#brush;
  }
  set brush(brush) {
    const erasable = ERASABLE.find((name) => name === this.#brush);
    if (brush === "erase" && erasable) this.#erases = erasable;
    this.#brush = brush;
    this.#changed();
  }

  /** sRGB, each 0 to 255. */
  get colour() {
    return this.#colour;
  }
  set colour(colour) {
    this.#colour = colour;
    this.#changed();
  }

  /** Which strokes the eraser takes away: those of the brush that was held before it. */
  get erases() {
    return this.#erases;
  }
  set erases(brush) {
    this.#erases = brush;
    this.#changed();
  }

  /** How much a stroke counts, above 0 to 1. */
  get strength() {
    return this.#strength;
  }
  set strength(strength) {
    this.#strength = Math.min(Math.max(strength, 0.01), 1);
    this.#changed();
  }

  /** In photo pixels: the diameter of a brush, the side of a patch. */
  get width_px() {
    return this.#width_px;
  }
  set width_px(width_px) {
    this.#width_px = Math.min(Math.max(width_px, FINEST_PX), this.#widest_px);
    this.#changed();
  }
  get widest_px() {
    return this.#widest_px;
  }

  /** Begin on a canvas of this size, with a width that suits it. */
  fitTo(/** @type {import("./types").Size} */ { width_px, height_px }) {
    this.#widest_px = Math.max(width_px, height_px) / 2;
    this.width_px = Math.max(width_px, height_px) / 14;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
