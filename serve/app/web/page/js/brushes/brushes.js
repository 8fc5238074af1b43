// @ts-check
/** The brushes by name, and the stroke that each begins where the hand comes down. */

import { DrawnLine } from "./drawn_line.js";
import { Patch } from "./patch.js";
import { PointPull } from "./point_pull.js";

/** @typedef {import("../types").BrushName} BrushName */
/** @typedef {import("../types").Constraint} Constraint */
/** @typedef {import("../types").Point} Point */
/** @typedef {import("../tool.js").Tool} Tool */

/**
 * A stroke under the hand.
 * @typedef {object} LiveStroke
 * @property {(point: Point, press?: number) => void} moveTo
 * @property {() => Constraint | null} constraint what it asks for by now; null when nothing yet
 */

/** @type {Record<BrushName, {label: string, says: string}>} */
export const BRUSHES = {
  colour: { label: "Colour", says: "These pixels get this colour." },
  sketch: { label: "Sketch", says: "An edge runs along this line." },
  patch: { label: "Warp", says: "Drag a square of the picture to where it should be." },
  point: { label: "Pull", says: "Drag a single point to where it should be." },
  keep: { label: "Keep", says: "What you mark here stays as it is." },
  erase: { label: "Erase", says: "Takes strokes away, not the picture." },
};

/** A one-channel picture has edges a pixel wide; a wide pen would mark more than a line. */
const SKETCH_SHARE = 1 / 4;

/**
 * @param {Tool} tool
 * @param {Point} point where the hand came down, in photo coordinates
 * @param {number} pixel_px the size of a pixel of the screen in the photo
 * @param {number} [press] how hard the hand presses, which counts for what is drawn as a line
 * @returns {LiveStroke}
 */
export function beginStroke(tool, point, pixel_px, press) {
  const { brush, strength } = tool;
  const width_px = brushWidth(tool);
  switch (brush) {
    case "colour":
      return new DrawnLine({ brush, colour: tool.colour, width_px, strength }, point, pixel_px, press);
    case "sketch":
    case "keep":
      return new DrawnLine({ brush, width_px, strength }, point, pixel_px, press);
    case "erase":
      return new DrawnLine({ brush, of: tool.erases, width_px }, point, pixel_px, press);
    case "patch":
      return new Patch(point, width_px, strength, pixel_px);
    case "point":
      return new PointPull(point, width_px / 2, strength, pixel_px);
  }
}

/**
 * Of what the brush marks, in photo pixels: a pen is finer than a paintbrush.
 * @param {Tool} tool
 */
export function brushWidth({ brush, width_px }) {
  return brush === "sketch" ? Math.max(width_px * SKETCH_SHARE, 1) : width_px;
}
