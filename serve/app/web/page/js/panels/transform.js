// @ts-check
/** Generative transformation: the first photo becomes like a second one. */

import { fileButton, make, panel } from "./elements.js";

const THUMBNAIL_PX = 96;

/** @param {import("../types").Workbench} workbench */
export function attachTransform({ editor, announce, notify }) {
  const goal = make("canvas", { width: THUMBNAIL_PX, height: THUMBNAIL_PX, hidden: true });
  const section = panel(
    "transform",
    "Become like another photo",
    make("p", { class: "faint" }, "Drop a second photo here, and watch the first become like it."),
    make("div", { class: "row" }, fileButton("Choose a second photo…", "image/*", become), goal),
  );
  section.addEventListener("dragover", (event) => event.preventDefault());
  section.addEventListener("drop", (event) => {
    const file = event.dataTransfer?.files[0];
    event.preventDefault();
    event.stopPropagation();
    if (file) become(file);
  });

  /** @param {File} file */
  async function become(file) {
    if (editor.opened === null) return notify("Open a first photo before the second one.");
    showGoal(file);
    announce(`Becoming like ${file.name}.`);
    if (!(await editor.transform(file))) clear();
  }

  /** @param {Blob} photo */
  async function showGoal(photo) {
    const picture = await createImageBitmap(photo).catch(() => null);
    if (picture === null) return;
    const scale = THUMBNAIL_PX / Math.max(picture.width, picture.height);
    [goal.width, goal.height] = [picture.width * scale, picture.height * scale];
    goal.getContext("2d")?.drawImage(picture, 0, 0, goal.width, goal.height);
    picture.close();
    goal.hidden = false;
  }

  function clear() {
    goal.hidden = true;
  }
  for (const event of ["opening", "closed"]) editor.addEventListener(event, clear);
  editor.addEventListener("done", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.job !== "transform") return;
    announce("Done: play the way with P, or move its slider.");
  });
}
