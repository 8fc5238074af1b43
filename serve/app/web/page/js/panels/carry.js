// @ts-check
/** How the change of the model's picture is carried onto the photo. */

import { panel, segments, slider } from "./elements.js";

/** @param {import("../types").Workbench} workbench */
export function attachCarry({ editor }) {
  const what = segments(
    "What is carried onto the photo",
    { both: "Both", shape: "Shape only", colour: "Colour only" },
    (change) => editor.showing.carry({ ...editor.showing.carried, change }),
  );
  const scale = { min: 0, max: 2, step: 0.05, value: 1, meaning: "0 is the photo, 1 the edit, more goes beyond it." };
  const amount = slider("Amount", scale, (value) => editor.showing.carry({ ...editor.showing.carried, amount: value }));
  const section = panel("carry", "Onto the photo", what.group, amount.field);

  function show() {
    what.set(editor.showing.carried.change);
    amount.set(editor.showing.carried.amount);
    section.hidden = editor.photo === null;
  }
  for (const event of ["carried", "opening", "opened", "closed"]) editor.addEventListener(event, show);
  show();
}
