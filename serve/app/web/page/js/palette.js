// @ts-check
/** The colour of the brush: picked, taken from the picture, or one of those used before. */

import { colourOf, hexOf } from "./eyedropper.js";
import { element } from "./page_elements.js";

const MOST_COLOURS = 8;
const FIRST_COLOURS = ["#15151a", "#ffffff", "#be1e28", "#e8a13a", "#3f7d4e", "#2f62b5"];

/**
 * @param {import("./types").Workbench} workbench
 * @param {import("./eyedropper.js").Eyedropper} eyedropper
 */
export function attachPalette({ editor, tool, shortcuts, announce }, eyedropper) {
  const picker = element("colour", HTMLInputElement);
  const swatches = element("swatches", HTMLElement);
  const dropper = element("eyedropper", HTMLButtonElement);
  let colours = [...FIRST_COLOURS];

  const take = (/** @type {string} */ hex) => {
    tool.colour = colourOf(hex);
    tool.brush = "colour";
  };
  const rebuild = () => {
    swatches.replaceChildren(...colours.map((hex) => swatch(hex, () => take(hex))));
  };
  picker.addEventListener("input", () => take(picker.value));
  dropper.addEventListener("click", () => (eyedropper.held = !eyedropper.held));
  eyedropper.addEventListener("change", () => {
    dropper.setAttribute("aria-pressed", String(eyedropper.held));
  });
  tool.addEventListener("change", () => (picker.value = hexOf(tool.colour)));
  editor.addEventListener("strokes", () => {
    const hex = hexOf(tool.colour);
    const drawn = editor.strokes.at(-1);
    if (drawn?.brush !== "colour" || hexOf(drawn.colour) !== hex || colours.includes(hex)) return;
    colours = [hex, ...colours].slice(0, MOST_COLOURS);
    rebuild();
  });
  shortcuts.add({
    key: "i",
    label: "Take a colour from the picture (or Alt and click)",
    group: "Brushes",
    run: () => {
      eyedropper.held = !eyedropper.held;
      if (eyedropper.held) announce("Click on the picture, or press Enter at the brush.");
    },
  });
  picker.value = hexOf(tool.colour);
  rebuild();
}

/**
 * @param {string} hex
 * @param {() => void} take
 */
function swatch(hex, take) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "swatch";
  button.title = hex;
  button.setAttribute("aria-label", `Colour ${hex}`);
  button.style.backgroundColor = hex;
  button.addEventListener("click", take);
  return button;
}
