// @ts-check
/** The line where before meets after: dragged, or moved by arrow keys. */

import { element } from "./page_elements.js";

const STEP = 0.02;

/**
 * @param {import("./editor.js").Editor} editor
 * @param {import("./pad.js").Pad} pad
 */
export function attachSplitHandle(editor, pad) {
  const handle = element("split", HTMLElement);
  const refresh = () => {
    handle.hidden = !pad.split || pad.before;
    if (handle.hidden || editor.canvas === null) return;
    const { width_px, height_px } = editor.canvas;
    const [left, top] = pad.toScreen([pad.splitShare * width_px, 0]);
    handle.style.translate = `${left}px ${top}px`;
    handle.style.height = `${height_px * pad.scale}px`;
    handle.setAttribute("aria-valuenow", String(Math.round(100 * pad.splitShare)));
  };
  handle.addEventListener("pointerdown", (event) => handle.setPointerCapture(event.pointerId));
  handle.addEventListener("pointermove", (event) => {
    if (!handle.hasPointerCapture(event.pointerId) || editor.canvas === null) return;
    const { left } = pad.canvas.getBoundingClientRect();
    pad.splitShare = pad.toPhoto([event.clientX - left, 0])[0] / editor.canvas.width_px;
  });
  handle.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (way === undefined) return;
    pad.splitShare += way * STEP;
    event.preventDefault();
  });
  for (const event of ["change", "view"]) pad.addEventListener(event, refresh);
  editor.addEventListener("opened", refresh);
  editor.addEventListener("frame", refresh);
  refresh();
}
