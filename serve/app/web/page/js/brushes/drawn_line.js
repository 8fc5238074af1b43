// @ts-check
/** Brushes that leave a line where they went: colour, sketch, keep and the eraser. */

import { distance, rounded, simplified } from "../polyline.js";

/** @typedef {import("../types").DrawnStroke} DrawnStroke */
/** @typedef {import("../types").Point} Point */
/** @template T @typedef {T extends unknown ? Omit<T, "points"> : never} WithoutPoints */

const MOST_POINTS = 2000;
const FINEST_SHARE = 1 / 4;

export class DrawnLine {
  /** @type {Point[]} */
  #points;
  #rest;
  #tolerance_px;
  #pressed = 0;
  #told = 0;

  /**
   * @param {WithoutPoints<DrawnStroke>} rest the stroke but for its points
   * @param {Point} point
   * @param {number} pixel_px of the screen, in the photo
   * @param {number} [press] how hard the hand presses; 1 draws in the brush's width
   */
  constructor(rest, point, pixel_px, press = 1) {
    this.#rest = rest;
    this.#points = [point];
    this.#tolerance_px = Math.min(pixel_px / 2, rest.width_px / 8);
    this.#feel(press);
  }

  /**
   * @param {Point} point
   * @param {number} [press]
   */
  moveTo(point, press = 1) {
    this.#feel(press);
    const newest = this.#points[this.#points.length - 1];
    if (distance(newest, point) < this.#tolerance_px) return;
    this.#points.push(point);
    while (this.#points.length > MOST_POINTS) {
      this.#tolerance_px *= 1.5;
      this.#points = simplified(this.#points, this.#tolerance_px);
    }
  }

  /** @returns {DrawnStroke} */
  constraint() {
    const points = simplified(this.#points, this.#tolerance_px).map(rounded);
    return /** @type {DrawnStroke} */ ({ ...this.#rest, points, width_px: this.#width_px });
  }

  /** A stroke has one width: the brush's, times how hard the pen has pressed in the mean. */
  get #width_px() {
    return this.#rest.width_px * Math.max(this.#pressed / this.#told, FINEST_SHARE);
  }

  #feel(/** @type {number} */ press) {
    this.#pressed += press;
    this.#told += 1;
  }
}
