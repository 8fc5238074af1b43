// @ts-check
/** Brushes and their width, undo and redo, and the ways to look at the photo. */

import { BRUSHES, brushWidth } from "./brushes/brushes.js";
import { element } from "./page_elements.js";

/** @typedef {import("./types").BrushName} BrushName */
/** @typedef {import("./types").Erasable} Erasable */
/** @typedef {import("./types").Workbench} Workbench */

const WIDTH_STEP = 1.25;
const ZOOM_STEP = 1.25;
const FINEST_PX = 1;

/** @param {Workbench} workbench */
export function attachToolbar(workbench) {
  attachBrushes(workbench);
  attachWidth(workbench);
  attachHistory(workbench);
  attachViews(workbench);
}

/** @param {Workbench} workbench */
function attachBrushes({ tool, shortcuts, announce }) {
  const names = /** @type {BrushName[]} */ (Object.keys(BRUSHES));
  const choose = (/** @type {BrushName} */ name) => {
    tool.brush = name;
    announce(`${BRUSHES[name].label}. ${BRUSHES[name].says}`);
  };
  const radios = names.map((name, index) => {
    const key = String(index + 1);
    const radio = element(`brush-${name}`, HTMLInputElement);
    radio.addEventListener("change", () => choose(name));
    if (radio.parentElement) radio.parentElement.title = `${BRUSHES[name].says} (${key})`;
    const label = `${BRUSHES[name].label} brush`;
    shortcuts.add({ key, label, group: "Brushes", run: () => choose(name) });
    return radio;
  });
  const colours = element("colour-options", HTMLElement);
  const erasing = element("erase-options", HTMLElement);
  const erased = Array.from(erasing.querySelectorAll("input"));
  for (const radio of erased) {
    radio.addEventListener("change", () => (tool.erases = /** @type {Erasable} */ (radio.value)));
  }
  show(tool, () => {
    for (const radio of radios) radio.checked = radio.value === tool.brush;
    for (const radio of erased) radio.checked = radio.value === tool.erases;
    colours.hidden = tool.brush !== "colour";
    erasing.hidden = tool.brush !== "erase";
  });
}

/** @param {Workbench} workbench */
function attachWidth({ tool, shortcuts, announce }) {
  const slider = element("width", HTMLInputElement);
  const shown = element("width-shown", HTMLOutputElement);
  const range = () => Math.log(tool.widest_px / FINEST_PX);
  slider.addEventListener("input", () => {
    tool.width_px = FINEST_PX * Math.exp((Number(slider.value) / 100) * range());
  });
  show(tool, () => {
    slider.value = String((100 * Math.log(tool.width_px / FINEST_PX)) / range());
    const width = brushWidth(tool);
    shown.textContent = `${width < 10 ? width.toFixed(1) : Math.round(width)} px`;
    slider.setAttribute("aria-valuetext", `${shown.textContent} of the photo`);
  });
  const scale = (/** @type {number} */ factor) => {
    tool.width_px *= factor;
    announce(`Brush ${shown.textContent} wide.`);
  };
  const group = "Brushes";
  shortcuts.add({ key: "[", label: "Finer brush", group, run: () => scale(1 / WIDTH_STEP) });
  shortcuts.add({ key: "]", label: "Wider brush", group, run: () => scale(WIDTH_STEP) });
}

/** @param {Workbench} workbench */
function attachHistory({ editor, shortcuts, announce }) {
  const undo = () => {
    if (!editor.canUndo) return;
    editor.undo();
    announce("Undone.");
  };
  const redo = () => {
    if (!editor.canRedo) return;
    editor.redo();
    announce("Done again.");
  };
  const back = press("undo", undo);
  const forth = press("redo", redo);
  const group = "Editing";
  shortcuts.add({ key: "Ctrl+z", label: "Undo", group, run: undo });
  shortcuts.add({ key: "Ctrl+Shift+z", label: "Redo", group, run: redo });
  shortcuts.add({ key: "Ctrl+y", label: "Redo", group, run: redo });
  const refresh = () => {
    back.disabled = !editor.canUndo;
    forth.disabled = !editor.canRedo;
  };
  for (const event of ["opened", "closed", "state", "strokes"]) {
    editor.addEventListener(event, refresh);
  }
  refresh();
}

/** @param {Workbench} workbench */
function attachViews({ editor, pad, shortcuts, announce }) {
  const toggleStrokes = () => {
    pad.strokesShown = !pad.strokesShown;
    announce(pad.strokesShown ? "Strokes shown." : "Strokes hidden.");
  };
  const toggleSplit = () => {
    pad.split = !pad.split;
    announce(pad.split ? "Before on the left, after on the right." : "After only.");
  };
  const toggleModel = () => {
    if (editor.photo === null) return;
    editor.showing.view(editor.showing.looksAtModel ? "photo" : "model");
    announce(editor.showing.looksAtModel ? "The model's own picture." : "Your photo.");
  };
  const closer = () => pad.zoomBy(ZOOM_STEP);
  const further = () => pad.zoomBy(1 / ZOOM_STEP);
  const strokes = press("strokes", toggleStrokes);
  const model = press("model-view", toggleModel);
  const split = press("split-toggle", toggleSplit);
  const before = holdable("before", (held) => (pad.before = held));
  const zoom = press("zoom-fit", () => pad.fit());
  press("zoom-in", closer);
  press("zoom-out", further);
  const group = "Looking";
  shortcuts.add({ key: "e", label: "Show or hide strokes", group, run: toggleStrokes });
  shortcuts.add({ key: "v", label: "Before beside after", group, run: toggleSplit });
  shortcuts.add({ key: "m", label: "The model's own picture", group, run: toggleModel });
  shortcuts.add({
    key: "b",
    label: "Before, while held",
    group,
    run: () => (pad.before = true),
    release: () => (pad.before = false),
  });
  shortcuts.add({ key: "+", label: "Zoom in (or Ctrl and wheel, or pinch)", group, run: closer });
  shortcuts.add({ key: "-", label: "Zoom out", group, run: further });
  shortcuts.add({ key: "0", label: "Whole photo", group, run: () => pad.fit() });
  const refresh = () => {
    strokes.setAttribute("aria-pressed", String(pad.strokesShown));
    split.setAttribute("aria-pressed", String(pad.split));
    before.setAttribute("aria-pressed", String(pad.before));
    model.setAttribute("aria-pressed", String(editor.showing.looksAtModel));
    model.disabled = editor.photo === null;
    split.disabled = before.disabled = !pad.hasOriginal;
    zoom.textContent = editor.canvas === null ? "" : `${Math.round(100 * pad.scale)} %`;
  };
  for (const event of ["change", "view"]) pad.addEventListener(event, refresh);
  for (const event of ["opened", "closed", "showing", "view"]) {
    editor.addEventListener(event, refresh);
  }
  editor.addEventListener("frame", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.kind === "original") refresh();
  });
  refresh();
}

/**
 * @param {string} id
 * @param {() => void} action
 */
function press(id, action) {
  const button = element(id, HTMLButtonElement);
  button.addEventListener("click", action);
  return button;
}

/**
 * A button that acts while the pointer, Enter or Space holds it.
 * @param {string} id
 * @param {(held: boolean) => void} action
 */
function holdable(id, action) {
  const button = element(id, HTMLButtonElement);
  const isPress = (/** @type {KeyboardEvent} */ { key }) => key === "Enter" || key === " ";
  button.addEventListener("pointerdown", (event) => {
    button.setPointerCapture(event.pointerId);
    action(true);
  });
  button.addEventListener("keydown", (event) => isPress(event) && action(true));
  button.addEventListener("keyup", (event) => isPress(event) && action(false));
  for (const end of ["pointerup", "pointercancel", "blur"]) {
    button.addEventListener(end, () => action(false));
  }
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  return button;
}

/**
 * Now, and again whenever it changes.
 * @param {EventTarget} source
 * @param {() => void} refresh
 */
function show(source, refresh) {
  source.addEventListener("change", refresh);
  refresh();
}
