import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { load } from "./page.mjs";

const { combinationOf } = await load("shortcuts.js");
const { Resting } = await load("resting.js");
const { colourOf, hexOf } = await load("eyedropper.js");
const { Pinch } = await load("pinch.js");

const pressed = (key, held = {}) =>
  combinationOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held });

test("keys are named alike on all keyboards", () => {
  assert.equal(pressed("e"), "e");
  assert.equal(pressed("Z", { ctrlKey: true, shiftKey: true }), "ctrl+shift+z");
  assert.equal(pressed("z", { metaKey: true }), "ctrl+z");
  assert.equal(pressed("?", { shiftKey: true }), "?");
  assert.equal(pressed("E", { shiftKey: true }), "shift+e");
  assert.equal(pressed("1", { altKey: true }), "alt+1");
});

test("colours survive being written", () => {
  for (const colour of [[0, 0, 0], [190, 30, 40], [255, 255, 255]]) {
    assert.deepEqual(colourOf(hexOf(colour)), colour);
  }
});

test("the full result is asked for once, when the hand is up and nothing moves", () => {
  mock.timers.enable(["setTimeout"]);
  let asked = 0;
  const resting = new Resting(() => (asked += 1));
  resting.hand(true);
  resting.changed();
  mock.timers.tick(5000);
  assert.equal(asked, 0);
  resting.moving(true);
  resting.hand(false);
  mock.timers.tick(5000);
  assert.equal(asked, 0);
  resting.moving(false);
  mock.timers.tick(400);
  assert.equal(asked, 0);
  mock.timers.tick(200);
  assert.equal(asked, 1);
  resting.moving(false);
  mock.timers.tick(5000);
  assert.equal(asked, 1);
  mock.timers.reset();
});

test("two fingers move and zoom the photo by how they move", () => {
  const pans = [];
  const zooms = [];
  const pinch = new Pinch({
    panBy: (by) => pans.push(by),
    zoomBy: (factor, at) => zooms.push([factor, at]),
  });
  pinch.down(1, [100, 100]);
  assert.equal(pinch.move(1, [100, 100]), false);
  pinch.down(2, [200, 100]);
  assert.equal(pinch.move(2, [300, 100]), true);
  assert.deepEqual(pans, [[50, 0]]);
  assert.deepEqual(zooms, [[2, [200, 100]]]);
  pinch.up(1);
  assert.equal(pinch.move(2, [400, 100]), false);
});

test("nothing can be drawn before something is open", async () => {
  const { Hand } = await load("hand.js");
  const told = [];
  const editor = { opened: null, hand: (down) => told.push(down) };
  const hand = new Hand(editor, { brush: "keep", width_px: 8, strength: 1 });
  hand.lower([1, 1], 1);
  assert.equal(hand.down, false);
  editor.opened = {};
  hand.lower([1, 1], 1);
  assert.equal(hand.down, true);
  assert.deepEqual(told, [true]);
});
