// @ts-check
/** The brush that drags a single point, which is known again by what surrounds it. */

import { distance, rounded } from "../polyline.js";

/** @typedef {import("../types").Point} Point */
/** @typedef {import("../types").PointDrag} PointDrag */

export class PointPull {
  #handle;
  #target;
  #radius_px;
  #strength;
  #least_px;

  /**
   * @param {Point} handle
   * @param {number} radius_px
   * @param {number} strength
   * @param {number} pixel_px of the screen, in the photo
   */
  constructor(handle, radius_px, strength, pixel_px) {
    this.#handle = this.#target = handle;
    this.#radius_px = radius_px;
    this.#strength = strength;
    this.#least_px = 2 * pixel_px;
  }

  moveTo(/** @type {Point} */ point) {
    this.#target = point;
  }

  /** @returns {PointDrag | null} */
  constraint() {
    if (distance(this.#handle, this.#target) < this.#least_px) return null;
    return {
      brush: "point",
      handle: rounded(this.#handle),
      target: rounded(this.#target),
      radius_px: this.#radius_px,
      strength: this.#strength,
    };
  }
}
