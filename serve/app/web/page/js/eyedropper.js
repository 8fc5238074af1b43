// @ts-check
/** Takes the brush's colour from the picture. Tells "change" when it is taken up or put down. */

/** @typedef {import("./types").Colour} Colour */
/** @typedef {import("./types").Point} Point */

export class Eyedropper extends EventTarget {
  #held = false;
  #pad;
  #tool;
  #announce;

  /**
   * @param {import("./pad.js").Pad} pad
   * @param {import("./tool.js").Tool} tool
   * @param {(sentence: string) => void} announce
   */
  constructor(pad, tool, announce) {
    super();
    this.#pad = pad;
    this.#tool = tool;
    this.#announce = announce;
  }

  get held() {
    return this.#held;
  }
  set held(held) {
    this.#held = held;
    this.#pad.canvas.classList.toggle("picking", held);
    this.dispatchEvent(new Event("change"));
  }

  /** Take the colour at a point of the photo, or at the brush; then back to the colour brush. */
  take(/** @type {Point | null} */ point = this.#pad.brushAt) {
    if (point === null) return;
    this.#tool.colour = this.#pad.colourAt(point);
    this.#tool.brush = "colour";
    this.held = false;
    this.#announce(`Colour ${hexOf(this.#tool.colour)} taken from the picture.`);
  }
}

/**
 * @param {Colour} colour
 * @returns {string} #rrggbb
 */
export function hexOf(colour) {
  return `#${colour.map((level) => Math.round(level).toString(16).padStart(2, "0")).join("")}`;
}

/**
 * @param {string} hex #rrggbb
 * @returns {Colour}
 */
export function colourOf(hex) {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
