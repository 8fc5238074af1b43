import assert from "node:assert/strict";
import test from "node:test";

import { load } from "./page.mjs";

const { EditStore } = await load("edit_store.js");
const dot = (x) => ({ brush: "sketch", points: [[x, 0]], width_px: 2 });
const edit = (...places) => ({ version: 1, constraints: places.map(dot) });

test("what the hand does is shown before the server has told of it", () => {
  const store = new EditStore();
  store.acknowledge(edit(1), 0);
  store.record({ kind: "draw", constraint: dot(2) });
  store.record({ kind: "redraw", constraint: dot(3) });
  assert.deepEqual(store.strokes, [dot(1), dot(3)]);
  store.record({ kind: "remove", index: 0 });
  assert.deepEqual(store.strokes, [dot(3)]);
  store.record({ kind: "restart" });
  assert.deepEqual(store.strokes, []);
});

test("what the server told of is not applied twice", () => {
  const store = new EditStore();
  const { generation } = store.record({ kind: "draw", constraint: dot(1) });
  store.record({ kind: "draw", constraint: dot(2) });
  store.acknowledge(edit(1), generation);
  assert.deepEqual(store.strokes, [dot(1), dot(2)]);
  store.acknowledge(edit(1, 2), store.generation);
  assert.deepEqual(store.strokes, [dot(1), dot(2)]);
  assert.deepEqual(store.unacknowledged, []);
});

test("of many redraws only the newest waits to be sent again", () => {
  const store = new EditStore();
  store.record({ kind: "draw", constraint: dot(1) });
  for (let x = 2; x < 100; x++) store.record({ kind: "redraw", constraint: dot(x) });
  assert.equal(store.unacknowledged.length, 2);
  const before = store.generation;
  const again = store.again();
  assert.deepEqual(again.map(({ constraint }) => constraint), [dot(1), dot(99)]);
  assert.deepEqual(again.map(({ generation }) => generation), [before + 1, before + 2]);
});

test("a stroke that was refused disappears", () => {
  const store = new EditStore();
  store.acknowledge(edit(), 0);
  store.record({ kind: "draw", constraint: dot(1) });
  store.refuse("draw");
  assert.deepEqual(store.strokes, []);
});
