// @ts-check
/** What the pad shows just now, what the server is busy with, and whether it can be reached. */

import { element } from "./page_elements.js";

/** @type {Record<string, string>} */
const JOBS = {
  project: "Finding your photo in the model",
  transfer: "Carrying the edit to the photo at full size",
  transform: "Finding the other photo in the model",
};
/** @type {Record<string, string>} */
const CONNECTIONS = {
  idle: "",
  connecting: "Connecting …",
  open: "Connected",
  lost: "Connection lost: your work is kept here, trying again …",
};

/** @param {import("./types").Workbench} workbench */
export function attachStageNotes({ editor, pad, announce }) {
  const note = element("note", HTMLElement);
  const refresh = () => {
    note.textContent = described(editor, pad);
    note.hidden = note.textContent === "";
  };
  for (const event of ["showing", "opened", "closed", "position", "strokes"]) {
    editor.addEventListener(event, refresh);
  }
  pad.addEventListener("change", refresh);
  editor.addEventListener("opened", () => announce("Opened. Ready to draw."));
  attachJob(editor);
  attachConnection(editor, announce);
}

/**
 * @param {import("./editor.js").Editor} editor
 * @param {import("./pad.js").Pad} pad
 */
function described(editor, pad) {
  const { picture, averaging, position } = editor.showing;
  if (picture === null || editor.canvas === null) return "";
  if (pad.before) return "Before";
  if (averaging) return "The average of the candidates, not your edit";
  const { width_px, height_px } = editor.canvas;
  switch (picture.kind) {
    case "model":
      return editor.photo ? "The model's own picture, not your photo" : "The model's own picture";
    case "shadow":
      return "Shadow: what the candidates have in common";
    case "finished":
      return `Your photo at full size, ${width_px} × ${height_px}`;
    default:
      if (position !== null) return "On the way from your photo to the result";
      return editor.strokes.length > 0 ? "Live preview on your photo" : "";
  }
}

/** @param {import("./editor.js").Editor} editor */
function attachJob(editor) {
  const place = element("job", HTMLElement);
  const label = element("job-label", HTMLElement);
  const bar = element("job-progress", HTMLProgressElement);
  const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ action) =>
    editor.addEventListener(name, (event) => action(/** @type {CustomEvent} */ (event).detail));
  const say = (/** @type {string} */ sentence) => {
    label.textContent = sentence;
    bar.removeAttribute("value");
    place.hidden = false;
  };
  const end = () => (place.hidden = true);
  on("opening", ({ name }) => say(`Opening ${name}`));
  on("progress", ({ job, done, total }) => {
    if (!(job in JOBS)) return;
    if (job !== "project" || editor.photo !== null) say(JOBS[job]);
    bar.max = total;
    bar.value = done;
  });
  const ends = ["opened", "reopened", "closed", "done", "cancelled", "failure"];
  for (const name of ends) on(name, end);
}

/**
 * @param {import("./editor.js").Editor} editor
 * @param {(sentence: string) => void} announce
 */
function attachConnection(editor, announce) {
  const badge = element("connection", HTMLElement);
  const refresh = () => {
    badge.textContent = CONNECTIONS[editor.connection];
    badge.dataset.state = editor.connection;
  };
  editor.addEventListener("connection", () => {
    refresh();
    if (editor.connection === "lost") announce(CONNECTIONS.lost);
  });
  refresh();
}
