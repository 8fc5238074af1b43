/** Prints, as JSON, messages that the page sends, and headers that it reads from frames in hex. */

import { load } from "./page.mjs";

const { beginStroke, BRUSHES } = await load("brushes/brushes.js");
const { readFrame } = await load("frames.js");
const { EditStore } = await load("edit_store.js");
const { Tool } = await load("tool.js");

const tool = new Tool();
const store = new EditStore();
const drawn = Object.keys(BRUSHES).map((brush) => {
  tool.brush = brush;
  const stroke = beginStroke(tool, [10, 20], 0.5);
  stroke.moveTo([30.123, 45.678]);
  stroke.moveTo([60, 40]);
  return store.record({ kind: "draw", constraint: stroke.constraint() });
});
const read = process.argv.slice(2).map((hex) => {
  const bytes = Uint8Array.from(hex.match(/../g), (pair) => Number.parseInt(pair, 16));
  const frame = readFrame(bytes.buffer);
  return frame && { ...frame.header, bytes: frame.file.size };
});
console.log(JSON.stringify({ drawn, read }));
