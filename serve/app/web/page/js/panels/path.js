// @ts-check
/** The way from the start to the result: a slider, and Play. */

import { element } from "../page_elements.js";
import { button, make } from "./elements.js";

const PLAY_S = 1.6;
const REST_S = 0.5;

/** @param {import("../types").Workbench} workbench */
export function attachPath({ editor, shortcuts, announce }) {
  const range = make("input", { type: "range", min: 0, max: 1, step: 0.01, value: 1 });
  range.setAttribute("aria-label", "Way from the start to the result");
  const play = button("Play", toggle, "Play the way from the start to the result (P)");
  element("path", HTMLElement).append(
    play,
    make("span", { class: "faint", "aria-hidden": "true" }, "Start"),
    range,
    make("span", { class: "faint", "aria-hidden": "true" }, "Result"),
  );
  /** @type {number | null} when it began, null while it does not play */
  let began = null;
  /** Of the edit whose way is walked. */
  let generation = 0;

  range.addEventListener("input", () => {
    stop();
    walk(range.valueAsNumber);
  });
  range.addEventListener("change", () => {
    if (range.valueAsNumber === 1) editor.showing.path(null);
  });

  function toggle() {
    if (editor.opened === null) return;
    if (began !== null) {
      stop();
      editor.showing.path(null);
      return;
    }
    began = performance.now();
    announce("Playing the way from the start to the result.");
    show();
    requestAnimationFrame(step);
  }

  /** @param {number} now */
  function step(now) {
    if (began === null) return;
    const position = Math.min(1, Math.max(0, (now - began) / 1000 / PLAY_S));
    if (now - began > 1000 * (PLAY_S + REST_S)) {
      stop();
      editor.showing.path(null);
      return;
    }
    if (position !== editor.showing.position) walk(position);
    requestAnimationFrame(step);
  }

  /** @param {number} position */
  function walk(position) {
    generation = editor.generation;
    editor.showing.path(position);
  }

  function stop() {
    began = null;
    show();
  }

  function show() {
    range.disabled = play.disabled = editor.opened === null;
    play.textContent = began === null ? "Play" : "Stop";
    if (document.activeElement !== range || began !== null) range.value = String(editor.showing.position ?? 1);
  }
  editor.addEventListener("strokes", () => {
    if (editor.showing.position === null || generation === editor.generation) return;
    stop();
    editor.showing.path(null);
  });
  for (const event of ["opened", "closed", "position"]) editor.addEventListener(event, show);
  show();
  shortcuts.add({ key: "p", label: "Play the way from the start to the result", group: "Looking", run: toggle });
}
