// @ts-check
/** The pictures on the pad: the edit, the original beside or over it, a patch on its way. */

import { paintTwice, tracePolygon } from "./strokes_painting.js";
import { toScreen } from "./view_transform.js";

/** @typedef {import("./types").Box} Box */
/** @typedef {import("./types").PatchDrag} PatchDrag */
/** @typedef {import("./types").PictureFrame} PictureFrame */
/** @typedef {import("./types").Point} Point */
/** @typedef {import("./types").Size} Size */
/** @typedef {import("./view_transform.js").View} View */

const PIXELS_SHOWN_FROM = 8;
const PAPER = "#ffffff";

/**
 * What lies on the pad.
 * @typedef {object} Scene
 * @property {View} view
 * @property {Size} canvas the photo's size, or that of an empty canvas
 * @property {Box | null} region of the photo that the model sees
 * @property {PictureFrame | null} picture
 * @property {PictureFrame | null} original
 * @property {boolean} before show the original only
 * @property {number | null} split show the original left of this place, in photo pixels
 */

/**
 * @param {CanvasRenderingContext2D} context whose unit is a CSS pixel
 * @param {Scene} scene
 */
export function paintPictures(context, scene) {
  const { view, canvas, region, picture, original } = scene;
  const whole = /** @type {Box} */ ([0, 0, canvas.width_px, canvas.height_px]);
  context.fillStyle = PAPER;
  fillBox(context, whole, view);
  if (scene.before && original) return paintPicture(context, original, whole, view);
  if (picture) {
    const partial = picture.kind === "model" || picture.kind === "shadow";
    if (partial && original) paintPicture(context, original, whole, view);
    paintPicture(context, picture, partial ? (region ?? whole) : whole, view);
  }
  if (scene.split !== null && original) {
    context.save();
    context.beginPath();
    const [left, top] = toScreen(view, [0, 0]);
    context.rect(left, top, scene.split * view.scale, canvas.height_px * view.scale);
    context.clip();
    paintPicture(context, original, whole, view);
    context.restore();
  }
}

/**
 * The square that the model sees, where that is not the whole canvas.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function paintRegion(context, { view, canvas, region }) {
  if (region === null) return;
  const [x0, y0, x1, y1] = region;
  if (x0 <= 0 && y0 <= 0 && x1 >= canvas.width_px && y1 >= canvas.height_px) return;
  context.save();
  context.globalAlpha = 0.4;
  const corners = /** @type {Point[]} */ ([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]);
  paintTwice(context, () => tracePolygon(context, corners, view), [2, 5]);
  context.restore();
}

/**
 * What a patch holds, where it is dragged to.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {PatchDrag} patch
 */
export function paintMovedPatch(context, scene, { outline, move: [dx, dy] }) {
  const { view } = scene;
  context.save();
  tracePolygon(context, outline.map(([x, y]) => [x + dx, y + dy]), view);
  context.clip();
  paintPictures(context, {
    ...scene,
    view: { ...view, x: view.x + dx * view.scale, y: view.y + dy * view.scale },
  });
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {PictureFrame} picture
 * @param {Box} box in photo coordinates
 * @param {View} view
 */
function paintPicture(context, { bitmap, kind }, [x0, y0, x1, y1], view) {
  const [left, top] = toScreen(view, [x0, y0]);
  const [right, bottom] = toScreen(view, [x1, y1]);
  const small = kind === "model" || kind === "shadow";
  context.imageSmoothingEnabled = small || (right - left) / bitmap.width < PIXELS_SHOWN_FROM;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, left, top, right - left, bottom - top);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Box} box
 * @param {View} view
 */
function fillBox(context, [x0, y0, x1, y1], view) {
  const [left, top] = toScreen(view, [x0, y0]);
  const [right, bottom] = toScreen(view, [x1, y1]);
  context.fillRect(left, top, right - left, bottom - top);
}
