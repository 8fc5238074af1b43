import assert from "node:assert/strict";
import test from "node:test";

import { load } from "./page.mjs";

const { fitted, panned, toPhoto, toScreen, zoomed } = await load("view_transform.js");
const photo = { width_px: 300, height_px: 200 };
const pad = { width_px: 932, height_px: 500 };

test("a photo that fits is centred and touches the margin", () => {
  const view = fitted(photo, pad);
  assert.equal(view.scale, (500 - 32) / 200);
  const [left, top] = toScreen(view, [0, 0]);
  const [right, bottom] = toScreen(view, [300, 200]);
  assert.equal(top, 16);
  assert.ok(Math.abs(bottom - 484) < 1e-9);
  assert.ok(Math.abs(left + right - 932) < 1e-9);
});

test("photo and screen coordinates are inverse", () => {
  const view = { scale: 3.7, x: -41.2, y: 16 };
  const [x, y] = toPhoto(view, toScreen(view, [12.5, 190.25]));
  assert.ok(Math.hypot(x - 12.5, y - 190.25) < 1e-9);
});

test("what lies under the pointer stays there while zooming", () => {
  const fit = fitted(photo, pad);
  const view = zoomed(fit, 2.5, [700, 120], fit);
  assert.equal(view.scale, fit.scale * 2.5);
  const before = toPhoto(fit, [700, 120]);
  const after = toPhoto(view, [700, 120]);
  assert.ok(Math.hypot(before[0] - after[0], before[1] - after[1]) < 1e-9);
});

test("zooming ends at a quarter of how the photo fits, and at 64 screen pixels a pixel", () => {
  const fit = fitted(photo, pad);
  assert.equal(zoomed(fit, 1e-9, [0, 0], fit).scale, fit.scale / 4);
  assert.equal(zoomed(fit, 1e9, [0, 0], fit).scale, 64);
});

test("the photo cannot be lost beyond the pad", () => {
  const view = fitted(photo, pad);
  for (const by of [[-1e6, 0], [1e6, 0], [0, -1e6], [0, 1e6]]) {
    const moved = panned(view, by, photo, pad);
    const [left, top] = toScreen(moved, [0, 0]);
    const [right, bottom] = toScreen(moved, [300, 200]);
    assert.ok(right >= 16 - 1e-9 && left <= 932 - 16 + 1e-9);
    assert.ok(bottom >= 16 - 1e-9 && top <= 500 - 16 + 1e-9);
  }
});
