// @ts-check
/** Sliders along the directions in which the model's pictures change most. */

import { button, make, panel, slider } from "./elements.js";

/** @typedef {import("../types").DirectionAmount} DirectionAmount */

const FURTHEST = 3;
const SHOWN_AT_FIRST = 3;

/** @param {import("../types").Workbench} workbench */
export function attachDirections({ editor, announce }) {
  const list = make("div", { class: "sliders" });
  const section = panel("directions", "Directions", list);
  /** @type {Map<number, ReturnType<typeof slider>>} by number of the direction */
  const sliders = new Map();
  let moving = false;

  /** @param {boolean} done */
  function slide(done) {
    const directions = [...sliders]
      .map(([direction, one]) => ({ direction, amount: one.range.valueAsNumber }))
      .filter((one) => one.amount !== 0);
    if (moving) editor.reslide(directions);
    else editor.slide(directions);
    moving = !done;
  }

  function rebuild() {
    sliders.clear();
    const directions = editor.bundle?.directions ?? [];
    for (const { number, name } of directions) {
      const scale = { min: -FURTHEST, max: FURTHEST, step: 0.1, value: 0 };
      sliders.set(number, slider(name ?? `Direction ${number}`, scale, (_, done) => slide(done)));
    }
    const fields = [...sliders.values()].map((one) => one.field);
    const rest = make("details", {}, make("summary", {}, "More directions"), ...fields.slice(SHOWN_AT_FIRST));
    rest.hidden = fields.length <= SHOWN_AT_FIRST;
    const reset = button("All to the middle", () => {
      for (const one of sliders.values()) one.set(0);
      slide(true);
      announce("All sliders are in the middle.");
    });
    list.replaceChildren(...fields.slice(0, SHOWN_AT_FIRST), rest, reset);
    section.hidden = fields.length === 0;
  }

  function show() {
    if (moving) return;
    const amounts = new Map((editor.edit?.directions ?? []).map((one) => [numberOf(one.direction), one.amount]));
    for (const [number, one] of sliders) one.set(amounts.get(number) ?? 0);
  }

  /** @param {number | string} direction */
  function numberOf(direction) {
    const named = editor.bundle?.directions.find((one) => one.name === direction);
    return named?.number ?? direction;
  }

  let built = editor.bundle;
  editor.addEventListener("opened", () => {
    if (built !== editor.bundle) rebuild();
    built = editor.bundle;
    show();
  });
  editor.addEventListener("state", show);
  section.hidden = true;
}
