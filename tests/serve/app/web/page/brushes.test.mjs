import assert from "node:assert/strict";
import test from "node:test";

import { load } from "./page.mjs";

const { beginStroke } = await load("brushes/brushes.js");
const { distance, simplified } = await load("polyline.js");
const { Tool } = await load("tool.js");

function tool(brush, width_px = 16) {
  const made = new Tool();
  made.fitTo({ width_px: 300, height_px: 300 });
  made.width_px = width_px;
  made.brush = brush;
  return made;
}

/** How far a point is from the nearest of many points of a polyline. */
function away(point, line) {
  let nearest = Infinity;
  for (let index = 1; index < line.length; index++) {
    for (let share = 0; share <= 1; share += 0.001) {
      const [[x, y], [x1, y1]] = [line[index - 1], line[index]];
      const between = [x + share * (x1 - x), y + share * (y1 - y)];
      nearest = Math.min(nearest, distance(point, between));
    }
  }
  return nearest;
}

test("a straight line needs its ends only", () => {
  const line = Array.from({ length: 50 }, (_, index) => [index, 2 * index]);
  assert.deepEqual(simplified(line, 0.1), [[0, 0], [49, 98]]);
});

test("no point of a curve is further from what is left than the tolerance", () => {
  const curve = Array.from({ length: 200 }, (_, index) => [index, 40 * Math.sin(index / 15)]);
  const few = simplified(curve, 0.5);
  assert.ok(few.length < 60);
  for (const point of curve) assert.ok(away(point, few) <= 0.51);
});

test("a stroke that goes back and forth keeps its turning points", () => {
  assert.deepEqual(simplified([[0, 0], [50, 0], [10, 0]], 0.1), [[0, 0], [50, 0], [10, 0]]);
});

test("a stroke of many thousand points stays sendable and keeps its shape", () => {
  const stroke = beginStroke(tool("colour", 4), [0, 0], 0.01);
  const wave = (_, index) => [index / 40, 100 * Math.sin(index / 300)];
  const path = Array.from({ length: 20000 }, wave);
  for (const point of path) stroke.moveTo(point);
  const { points } = stroke.constraint();
  assert.ok(points.length <= 2000);
  for (let index = 0; index < path.length; index += 1999) {
    assert.ok(away(path[index], points) < 0.5);
  }
});

test("a touch of a drawing brush marks a dot, one of a dragging brush asks for nothing", () => {
  for (const brush of ["colour", "sketch", "keep", "erase"]) {
    assert.deepEqual(beginStroke(tool(brush), [5, 6], 0.5).constraint().points, [[5, 6]]);
  }
  for (const brush of ["patch", "point"]) {
    const stroke = beginStroke(tool(brush), [5, 6], 0.5);
    stroke.moveTo([5.5, 6.5]);
    assert.equal(stroke.constraint(), null);
  }
});

test("a patch is a square of the brush's width, moved as the hand was", () => {
  const stroke = beginStroke(tool("patch", 20), [100, 50], 0.5);
  stroke.moveTo([90, 80]);
  const { outline, move } = stroke.constraint();
  assert.deepEqual(outline, [[90, 40], [110, 40], [110, 60], [90, 60]]);
  assert.deepEqual(move, [-10, 30]);
});

test("the eraser takes away strokes of the brush that was held before it", () => {
  const held = tool("keep");
  held.brush = "erase";
  assert.equal(beginStroke(held, [1, 1], 1).constraint().of, "keep");
});

test("a line is as wide as its brush, times how hard the pen has pressed in the mean", () => {
  const stroke = beginStroke(tool("colour", 16), [0, 0], 0.5, 0.5);
  assert.equal(stroke.constraint().width_px, 8);
  stroke.moveTo([20, 0], 1.5);
  stroke.moveTo([40, 0], 1.9);
  assert.ok(Math.abs(stroke.constraint().width_px - 16 * 1.3) < 1e-9);
  assert.equal(beginStroke(tool("keep", 16), [0, 0], 0.5, 0).constraint().width_px, 4);
  const unpressed = beginStroke(tool("sketch", 16), [0, 0], 0.5);
  unpressed.moveTo([9, 9]);
  assert.equal(unpressed.constraint().width_px, 4);
});
