// @ts-check
/** The warping brush: a square of the picture, dragged. */

import { distance, rounded } from "../polyline.js";

/** @typedef {import("../types").PatchDrag} PatchDrag */
/** @typedef {import("../types").Point} Point */

export class Patch {
  #from;
  #to;
  #half_px;
  #strength;
  #least_px;

  /**
   * @param {Point} from the centre of the square
   * @param {number} side_px
   * @param {number} strength
   * @param {number} pixel_px of the screen, in the photo
   */
  constructor(from, side_px, strength, pixel_px) {
    this.#from = this.#to = from;
    this.#half_px = side_px / 2;
    this.#strength = strength;
    this.#least_px = 2 * pixel_px;
  }

  moveTo(/** @type {Point} */ point) {
    this.#to = point;
  }

  /** @returns {PatchDrag | null} */
  constraint() {
    if (distance(this.#from, this.#to) < this.#least_px) return null;
    const [x, y] = this.#from;
    const half = this.#half_px;
    /** @type {Point[]} */
    const corners = [
      [x - half, y - half],
      [x + half, y - half],
      [x + half, y + half],
      [x - half, y + half],
    ];
    return {
      brush: "patch",
      outline: corners.map(rounded),
      move: rounded([this.#to[0] - x, this.#to[1] - y]),
      strength: this.#strength,
    };
  }
}
