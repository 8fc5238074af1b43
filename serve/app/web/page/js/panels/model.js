// @ts-check
/** Which model pictures are edited with. */

import { element } from "../page_elements.js";
import { button, make } from "./elements.js";

/**
 * @param {import("../types").Workbench} workbench
 * @param {import("./example.js").Example} example
 * @param {() => void} open shows the opening
 * @returns {() => string | undefined} the model that is chosen, by name
 */
export function attachModel({ editor }, example, open) {
  const choice = make("select", { "aria-label": "Model" });
  element("model", HTMLElement).append(choice, button("Open…", open, "Open a photo or a saved session, or start anew"));

  choice.addEventListener("change", () => {
    const bundle = choice.value;
    if (editor.opened === null) return;
    if (example.open) example.play(bundle);
    else if (editor.photo === null) editor.openRandom({ bundle });
    else again(editor.photo, bundle);
  });

  /**
   * The same photo and strokes with another model.
   * @param {import("../types").Photo} photo
   * @param {string} bundle
   */
  function again(photo, bundle) {
    const edit = { version: 1, constraints: editor.strokes };
    editor.openPhoto(photo.blob, photo.name, { bundle, edit });
  }

  function list() {
    const options = editor.bundles.map(({ name }) => make("option", { value: name }, name));
    choice.replaceChildren(...options);
    choice.disabled = options.length < 2;
    show();
  }
  function show() {
    if (editor.bundle !== null) choice.value = editor.bundle.name;
  }
  editor.addEventListener("bundles", list);
  for (const event of ["opening", "opened"]) editor.addEventListener(event, show);
  list();

  return () => choice.value || undefined;
}
