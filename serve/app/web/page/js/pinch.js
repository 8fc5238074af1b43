// @ts-check
/** Two fingers that move and zoom the photo: what lies under them stays there. */

import { distance } from "./polyline.js";

/** @typedef {import("./types").Point} Point */

export class Pinch {
  /** @type {Map<number, Point>} */
  #places = new Map();
  #pad;

  /** @param {{panBy: (by: Point) => void, zoomBy: (factor: number, at: Point) => void}} pad */
  constructor(pad) {
    this.#pad = pad;
  }

  get fingers() {
    return this.#places.size;
  }

  /**
   * @param {number} id
   * @param {Point} place
   */
  down(id, place) {
    this.#places.set(id, place);
  }

  /**
   * Returns whether there are two fingers, so that this one does nothing else.
   * @param {number} id
   * @param {Point} place
   */
  move(id, place) {
    if (!this.#places.has(id)) return false;
    const before = this.#spread();
    this.#places.set(id, place);
    const after = this.#spread();
    if (before === null || after === null) return false;
    this.#pad.panBy([after.middle[0] - before.middle[0], after.middle[1] - before.middle[1]]);
    const factor = after.apart / before.apart;
    if (factor > 0 && Number.isFinite(factor)) this.#pad.zoomBy(factor, after.middle);
    return true;
  }

  /** @param {number} id */
  up(id) {
    this.#places.delete(id);
  }

  /** @returns {{middle: Point, apart: number} | null} */
  #spread() {
    const [one, other] = this.#places.values();
    if (other === undefined) return null;
    return {
      middle: [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2],
      apart: distance(one, other),
    };
  }
}
