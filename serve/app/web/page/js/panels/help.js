// @ts-check
/** Keys and gestures. */

import { element } from "../page_elements.js";
import { button, dialog, make } from "./elements.js";

const GESTURES = [
  "The wheel changes the width of the brush, with Ctrl the zoom.",
  "Space and drag, or two fingers, move the photo.",
  "Arrow keys move the brush on the pad; Enter puts it down and lifts it.",
  "Drop or paste a photo, or a saved session, to open it.",
];

/** @param {import("../types").Workbench} workbench */
export function attachHelp({ shortcuts }) {
  const body = make("div", { class: "columns" });
  const help = dialog("help", "Keys and gestures", body);
  const open = () => {
    /** @type {Map<string, [string, string][]>} */
    const groups = new Map();
    for (const { key, label, group } of shortcuts.all) {
      groups.set(group, [...(groups.get(group) ?? []), [key, label]]);
    }
    body.replaceChildren(...[...groups].map(([name, rows]) => section(name, rows)), gestures());
    help.showModal();
  };
  element("menu", HTMLElement).append(button("Help", open, "Keys and gestures (?)"));
  shortcuts.add({ key: "?", label: "This help", group: "Looking", run: open });
}

/**
 * @param {string} name
 * @param {[string, string][]} rows
 */
function section(name, rows) {
  const terms = rows.flatMap(([key, label]) => [
    make("dt", {}, make("kbd", {}, key.length === 1 ? key.toUpperCase() : key)),
    make("dd", {}, label),
  ]);
  return make("section", {}, make("h3", {}, name), make("dl", {}, ...terms));
}

function gestures() {
  return make("section", {}, make("h3", {}, "Gestures"), ...GESTURES.map((sentence) => make("p", {}, sentence)));
}
