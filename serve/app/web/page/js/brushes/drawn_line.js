// @ts-check
/** Brushes that leave a line where they went: colour, sketch, keep and the eraser. */

import { distance, rounded, simplified } from "../polyline.js";

/** @typedef {import("../types").DrawnStroke} DrawnStroke */
/** @typedef {import("../types").Point} Point */
/** @template T @typedef {T extends unknown ? Omit<T, "points"> : never} WithoutPoints */

const MOST_POINTS = 2000;

export class DrawnLine {
  /** @type {Point[]} */
  #points;
  #rest;
  #tolerance_px;

  /**
   * @param {WithoutPoints<DrawnStroke>} rest the stroke but for its points
   * @param {Point} point
   * @param {number} pixel_px of the screen, in the photo
   */
  constructor(rest, point, pixel_px) {
    this.#rest = rest;
    this.#points = [point];
    this.#tolerance_px = Math.min(pixel_px / 2, rest.width_px / 8);
  }

  moveTo(/** @type {Point} */ point) {
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
    return /** @type {DrawnStroke} */ ({ ...this.#rest, points });
  }
}
