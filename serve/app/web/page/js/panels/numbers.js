// @ts-check
/** What the numbers say: how well the photo is known, the pace, and how far each stroke is met. */

import { button, make, panel } from "./elements.js";

const BRUSHES = /** @type {Record<string, string>} */ ({
  colour: "Colour",
  sketch: "Sketch",
  patch: "Warp",
  point: "Pull",
  keep: "Keep",
  erase: "Erase",
  colour_picture: "Colour map",
  sketch_picture: "Edge map",
});

/** @param {import("../types").Workbench} workbench */
export function attachNumbers({ editor, notify }) {
  const known = make("p");
  const foreign = make("p", { class: "warning", role: "note" });
  const pace = make("p", { class: "faint" });
  const strokes = make("ol", { class: "met" });
  const unit = make("p", { class: "faint" }, "A difference of 2 CIELAB units is just noticed.");
  const found = button("Where it is found", () => editor.reframe("found"), "The square that the model knows best");
  const frames = make(
    "div",
    { class: "row", role: "group", "aria-label": "Frame the photo" },
    make("span", { class: "faint" }, "Frame:"),
    button("Centre", () => editor.reframe("centre"), "The model sees the largest square in the middle"),
    button("Whole", () => editor.reframe("whole"), "The model sees the whole photo in a square"),
    found,
  );
  panel("numbers", "What the numbers say", foreign, known, frames, strokes, unit, pace);

  function showPhoto() {
    const quality = editor.opened?.reconstruction ?? null;
    if (editor.photo === null) known.textContent = "No photo: the model's own picture is edited.";
    else if (quality === null) known.textContent = "";
    else known.textContent = `The model redraws this photo at ${quality.psnr_db.toFixed(1)} dB (SSIM ${quality.ssim.toFixed(2)}); more is closer.`;
    known.hidden = editor.opened === null;
    frames.hidden = editor.opened === null || editor.photo === null;
    found.hidden = !editor.bundle?.has_projector;
    foreign.textContent = editor.opened?.foreign ?? "";
    foreign.hidden = !editor.opened?.foreign;
  }

  function showPace() {
    const numbers = editor.numbers;
    if (numbers === null) {
      pace.textContent = "";
    } else if (numbers.moving) {
      pace.textContent = `${numbers.frames_per_s.toFixed(0)} frames/s, ${numbers.step_ms.toFixed(1)} ms a step`;
    } else {
      pace.textContent = "At rest.";
    }
  }

  /** @type {{brush: string, sentence: HTMLElement}[]} */
  let rows = [];

  function showStrokes() {
    const brushes = editor.strokes.map((stroke) => stroke.brush);
    if (brushes.join() !== rows.map((row) => row.brush).join()) {
      rows = brushes.map((brush) => ({ brush, sentence: make("span", { class: "faint" }) }));
      strokes.replaceChildren(...rows.map(item));
      strokes.hidden = rows.length === 0;
    }
    const met = new Map((editor.numbers?.satisfaction ?? []).map((one) => [one.index, one]));
    rows.forEach(({ sentence }, index) => (sentence.textContent = met.get(index)?.sentence ?? ""));
    unit.hidden = !rows.some((_, index) => met.get(index)?.unit === "CIELAB");
  }

  /**
   * @param {typeof rows[number]} row
   * @param {number} index
   */
  function item({ brush, sentence }, index) {
    const remove = button("×", () => editor.remove(index), "Take this stroke away");
    remove.setAttribute("aria-label", `Take stroke ${index + 1} (${BRUSHES[brush]}) away`);
    return make("li", {}, make("span", { class: "row" }, BRUSHES[brush], remove), sentence);
  }

  for (const event of ["opening", "opened", "closed"]) editor.addEventListener(event, showPhoto);
  editor.addEventListener("opened", () => editor.opened?.foreign && notify(editor.opened.foreign, "info"));
  editor.addEventListener("numbers", showPace);
  for (const event of ["numbers", "strokes", "closed"]) editor.addEventListener(event, showStrokes);
  showPhoto();
  showStrokes();
}
