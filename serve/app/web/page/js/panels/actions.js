// @ts-check
/** Fix, Restart, Average, Shadow and Save: what is done with the edit as a whole. */

import { element } from "../page_elements.js";
import { button } from "./elements.js";

/**
 * @param {import("../types").Workbench} workbench
 * @param {() => void} save
 */
export function attachActions({ editor, shortcuts, announce }, save) {
  const told = (/** @type {string} */ sentence, /** @type {() => void} */ action) => () => {
    if (editor.opened === null) return;
    action();
    announce(sentence);
  };
  const fix = told("Fixed: what follows starts from here.", () => editor.fix());
  const restart = told("Back to the start; Undo brings the strokes back.", () => editor.restart());
  const average = told("Average of the candidates.", () => editor.showing.average(!editor.showing.averaging));
  const shadow = told("Shadow of the candidates.", () => editor.showing.shadow(!editor.showing.shadowing));

  const averageButton = button("Average", average, "Show the average of the candidates (A)");
  const shadowButton = button("Shadow", shadow, "Show what the candidates have in common, to draw along");
  const saveButton = button("Save…", save, "Save the photo, a film, the session or a page (S)");
  saveButton.classList.add("primary");
  const buttons = [
    button("Fix", fix, "Go on from here: this becomes the start of what follows (F)"),
    button("Restart", restart, "Back to the start, with nothing drawn (R)"),
    averageButton,
    shadowButton,
    saveButton,
  ];
  element("actions", HTMLElement).replaceChildren(...buttons);

  function show() {
    for (const one of buttons) one.disabled = editor.opened === null;
    averageButton.setAttribute("aria-pressed", String(editor.showing.averaging));
    shadowButton.setAttribute("aria-pressed", String(editor.showing.shadowing));
    shadowButton.hidden = editor.bundle?.channels !== 1;
  }
  for (const event of ["opening", "opened", "closed", "strokes"]) editor.addEventListener(event, show);
  show();

  const group = "Editing";
  shortcuts.add({ key: "f", label: "Fix: go on from here", group, run: fix });
  shortcuts.add({ key: "r", label: "Restart", group, run: restart });
  shortcuts.add({ key: "a", label: "Average of the candidates", group, run: average });
  shortcuts.add({ key: "s", label: "Save", group, run: save });
}
