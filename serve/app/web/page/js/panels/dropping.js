// @ts-check
/** Files that are dropped onto the page or pasted into it. */

import { button, dialog, make } from "./elements.js";
import { isSession } from "./intake.js";

/**
 * @param {import("../types").Workbench} workbench
 * @param {import("./intake.js").Intake} intake
 */
export function attachDropping({ editor }, intake) {
  const question = make("dialog", { id: "dropped" });
  document.body.append(question);

  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer?.files[0]);
  });
  document.addEventListener("paste", (event) => take(event.clipboardData?.files[0]));

  /** @param {File | undefined} file */
  function take(file) {
    if (file === undefined) return;
    const choosing = "choosing" in document.body.dataset;
    if (choosing || editor.photo === null || isSession(file)) intake.take(file);
    else ask(file);
  }

  /** @param {File} file */
  function ask(file) {
    const answer = (/** @type {() => void} */ action) => () => {
      question.close();
      action();
    };
    dialog(
      "dropped",
      `What shall happen with ${file.name}?`,
      make(
        "div",
        { class: "row" },
        button("Open it instead", answer(() => intake.take(file)), "The edit that is open is left"),
        button("Make my photo like it", answer(() => editor.transform(file))),
      ),
    );
    question.showModal();
  }
}
