// @ts-check
/** How strokes look on the pad: above the picture, each kind by more than its colour. */

import { newLayer } from "./layer.js";
import { ERASABLE } from "./tool.js";
import { toScreen } from "./view_transform.js";

/** @typedef {import("./types").Constraint} Constraint */
/** @typedef {import("./types").DrawnStroke} DrawnStroke */
/** @typedef {import("./types").PatchDrag} PatchDrag */
/** @typedef {import("./types").Point} Point */
/** @typedef {import("./types").PointDrag} PointDrag */
/** @typedef {import("./view_transform.js").View} View */

const INK = "#15151a";
const HALO = "#fffffff0";
const KEPT = "#1f8a5b";
const OPACITY = { colour: 0.65, sketch: 1, keep: 0.75 };
const STRIPE_PX = 8;
const ARROW_PX = 9;

/**
 * @param {CanvasRenderingContext2D} context whose unit is a CSS pixel
 * @param {Constraint[]} strokes oldest first
 * @param {View} view
 * @param {CanvasRenderingContext2D} scratch of the same size, to be painted over
 */
export function paintStrokes(context, strokes, view, scratch) {
  for (const brush of ERASABLE) {
    const lines = /** @type {DrawnStroke[]} */ (
      strokes.filter((one) => one.brush === brush || (one.brush === "erase" && one.of === brush))
    );
    if (!lines.some((line) => line.brush === brush)) continue;
    paintLayer(context, lines, view, scratch, OPACITY[brush]);
  }
  for (const stroke of strokes) {
    if (stroke.brush === "patch") paintPatch(context, stroke, view);
    if (stroke.brush === "point") paintPull(context, stroke, view);
  }
}

/**
 * The lines of one brush and its eraser, on a layer of their own so that erasing shows through.
 * @param {CanvasRenderingContext2D} context
 * @param {DrawnStroke[]} lines
 * @param {View} view
 * @param {CanvasRenderingContext2D} scratch
 * @param {number} opacity
 */
function paintLayer(context, lines, view, scratch, opacity) {
  scratch.resetTransform();
  scratch.clearRect(0, 0, scratch.canvas.width, scratch.canvas.height);
  scratch.setTransform(context.getTransform());
  scratch.lineCap = scratch.lineJoin = "round";
  for (const line of lines) paintLine(scratch, line, view);
  context.save();
  context.resetTransform();
  context.globalAlpha = opacity;
  context.drawImage(scratch.canvas, 0, 0);
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {DrawnStroke} line
 * @param {View} view
 */
function paintLine(context, line, view) {
  const width = Math.max(line.width_px * view.scale, 1.5);
  const trace = (/** @type {number} */ lineWidth, /** @type {string | CanvasPattern} */ style) => {
    context.lineWidth = lineWidth;
    context.strokeStyle = style;
    tracePath(context, line.points, view);
    context.stroke();
  };
  switch (line.brush) {
    case "colour":
      return trace(width, `rgb(${line.colour.join(" ")})`);
    case "sketch":
      trace(width + 2.5, HALO);
      return trace(width, INK);
    case "keep":
      return trace(width, stripes(context));
    case "erase":
      context.globalCompositeOperation = "destination-out";
      trace(width, "#000");
      context.globalCompositeOperation = "source-over";
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Point[]} points
 * @param {View} view
 */
function tracePath(context, points, view) {
  const [first, ...rest] = points.map((point) => toScreen(view, point));
  context.beginPath();
  context.moveTo(first[0], first[1]);
  // A line of no length would leave no dot.
  if (rest.length === 0) context.lineTo(first[0] + 0.01, first[1]);
  for (const [x, y] of rest) context.lineTo(x, y);
}

/** Diagonal stripes that say "leave this alone". */
function stripes(/** @type {CanvasRenderingContext2D} */ context) {
  const brush = newLayer(STRIPE_PX, STRIPE_PX);
  brush.strokeStyle = KEPT;
  brush.lineWidth = STRIPE_PX / 3;
  brush.beginPath();
  for (const shift of [-STRIPE_PX, 0, STRIPE_PX]) {
    brush.moveTo(shift, STRIPE_PX);
    brush.lineTo(shift + STRIPE_PX, 0);
  }
  brush.stroke();
  return context.createPattern(brush.canvas, "repeat") ?? KEPT;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {PatchDrag} patch
 * @param {View} view
 */
function paintPatch(context, { outline, move }, view) {
  const moved = outline.map(([x, y]) => /** @type {Point} */ ([x + move[0], y + move[1]]));
  const centre = middle(outline);
  paintTwice(context, () => tracePolygon(context, outline, view), [4, 4]);
  paintTwice(context, () => tracePolygon(context, moved, view));
  paintArrow(context, centre, [centre[0] + move[0], centre[1] + move[1]], view);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {PointDrag} pull
 * @param {View} view
 */
function paintPull(context, { handle, target, radius_px }, view) {
  const [x, y] = toScreen(view, handle);
  const ring = () => {
    context.beginPath();
    context.arc(x, y, radius_px * view.scale, 0, 2 * Math.PI);
  };
  paintTwice(context, ring, [4, 4]);
  paintArrow(context, handle, target, view);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Point} from
 * @param {Point} to
 * @param {View} view
 */
function paintArrow(context, from, to, view) {
  const [tail, tip] = [toScreen(view, from), toScreen(view, to)];
  const angle = Math.atan2(tip[1] - tail[1], tip[0] - tail[0]);
  const barb = (/** @type {number} */ turn) => {
    context.moveTo(tip[0], tip[1]);
    context.lineTo(
      tip[0] - ARROW_PX * Math.cos(angle + turn),
      tip[1] - ARROW_PX * Math.sin(angle + turn),
    );
  };
  paintTwice(context, () => {
    context.beginPath();
    context.moveTo(tail[0], tail[1]);
    context.lineTo(tip[0], tip[1]);
    barb(0.5);
    barb(-0.5);
  });
}

/**
 * Dark on light, so that it shows on any picture.
 * @param {CanvasRenderingContext2D} context
 * @param {() => void} trace
 * @param {number[]} dashes
 */
export function paintTwice(context, trace, dashes = []) {
  context.save();
  context.lineCap = context.lineJoin = "round";
  trace();
  context.strokeStyle = HALO;
  context.lineWidth = 3.5;
  context.stroke();
  context.setLineDash(dashes);
  context.strokeStyle = INK;
  context.lineWidth = 1.5;
  context.stroke();
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Point[]} corners
 * @param {View} view
 */
export function tracePolygon(context, corners, view) {
  tracePath(context, corners, view);
  context.closePath();
}

/**
 * @param {Point[]} points
 * @returns {Point}
 */
function middle(points) {
  const sum = points.reduce(([x, y], point) => [x + point[0], y + point[1]], [0, 0]);
  return [sum[0] / points.length, sum[1] / points.length];
}
