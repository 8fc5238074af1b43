// @ts-check
/** The example that plays for first-time visitors: a random picture, and a stroke that is drawn on it. */

import { make } from "./elements.js";

/** @typedef {import("../types").Colour} Colour */
/** @typedef {import("../types").Point} Point */

const SEED = 11;
const SIZE_PX = 256;
const DRAWING_S = 1.2;
const SETTLING_S = 2.5;
/** @type {Colour[]} one round each */
const COLOURS = [
  [196, 40, 52],
  [44, 92, 190],
];
/** @type {Point[]} of the unit square */
const STROKE = [
  [0.28, 0.6],
  [0.72, 0.52],
];
const WIDTH = 0.1;

export class Example {
  /** Whether the session that is open is the example's. */
  open = false;
  canvas = make("canvas", { width: SIZE_PX, height: SIZE_PX, role: "img" });
  #editor;
  #begins = false;
  #plays = 0;
  /** @type {{colour: Colour, drawn: number} | null} */
  #stroke = null;

  /** @param {import("../editor.js").Editor} editor */
  constructor(editor) {
    this.#editor = editor;
    this.canvas.setAttribute("aria-label", "A picture of the model follows a stroke of colour.");
    editor.addEventListener("frame", (event) => this.#show(/** @type {CustomEvent} */ (event).detail));
    editor.addEventListener("opening", () => (this.open = this.#begins));
  }

  /**
   * One that plays already gives way.
   * @param {string | undefined} bundle its name
   */
  async play(bundle) {
    const play = (this.#plays += 1);
    const goesOn = () => this.open && this.#plays === play;
    this.#begins = true;
    const opened = this.#editor.openRandom({ bundle, seed: SEED });
    this.#begins = false;
    this.#stroke = null;
    if (!(await opened)) return;
    for (const colour of COLOURS) await this.#round(colour, goesOn);
  }

  /**
   * @param {Colour} colour
   * @param {() => boolean} goesOn
   */
  async #round(colour, goesOn) {
    const canvas = this.#editor.canvas;
    if (!goesOn() || canvas === null) return;
    const [start, end] = STROKE.map(([x, y]) => /** @type {Point} */ ([x * canvas.width_px, y * canvas.height_px]));
    const stroke = { brush: /** @type {const} */ ("colour"), colour, width_px: WIDTH * canvas.width_px };
    this.#stroke = { colour, drawn: 0 };
    this.#editor.draw({ ...stroke, points: [start] });
    await during(DRAWING_S, goesOn, (share) => {
      this.#stroke = { colour, drawn: share };
      const tip = /** @type {Point} */ ([0, 1].map((axis) => start[axis] + share * (end[axis] - start[axis])));
      this.#editor.redraw({ ...stroke, points: [start, tip] });
    });
    await during(SETTLING_S, goesOn);
    if (!goesOn()) return;
    this.#editor.restart();
    this.#stroke = null;
    await during(1, goesOn);
  }

  /** @param {import("../types").PictureFrame} frame */
  #show({ kind, bitmap }) {
    const paper = this.canvas.getContext("2d");
    if (!this.open || kind === "candidate" || paper === null) return;
    paper.drawImage(bitmap, 0, 0, SIZE_PX, SIZE_PX);
    if (this.#stroke === null) return;
    const [[x0, y0], [x1, y1]] = STROKE;
    const { colour, drawn } = this.#stroke;
    paper.lineCap = "round";
    paper.lineWidth = WIDTH * SIZE_PX;
    paper.strokeStyle = `rgb(${colour.join(" ")} / 0.35)`;
    paper.beginPath();
    paper.moveTo(x0 * SIZE_PX, y0 * SIZE_PX);
    paper.lineTo((x0 + drawn * (x1 - x0)) * SIZE_PX, (y0 + drawn * (y1 - y0)) * SIZE_PX);
    paper.stroke();
  }
}

/**
 * @param {number} seconds
 * @param {() => boolean} goesOn
 * @param {(share: number) => void} step with the share of the time that is over
 */
function during(seconds, goesOn, step = () => {}) {
  const began = performance.now();
  return new Promise((resolve) => {
    const next = (/** @type {number} */ now) => {
      const share = Math.min(1, Math.max(0, (now - began) / 1000 / seconds));
      if (goesOn()) step(share);
      if (goesOn() && share < 1) requestAnimationFrame(next);
      else resolve(undefined);
    };
    requestAnimationFrame(next);
  });
}
