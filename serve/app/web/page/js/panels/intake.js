// @ts-check
/** Files that a person gives: photos, and saved sessions, which wait for their photo. */

/** @typedef {import("../types").Edit} Edit */

export class Intake extends EventTarget {
  /** @type {Edit | null} a session whose photo is yet to be given; tells "waiting" */
  waiting = null;
  #editor;
  #notify;
  #bundle;

  /**
   * @param {import("../types").Workbench} workbench
   * @param {() => string | undefined} bundle name of the model that is chosen
   */
  constructor({ editor, notify }, bundle) {
    super();
    this.#editor = editor;
    this.#notify = notify;
    this.#bundle = bundle;
    editor.addEventListener("opened", () => (this.waiting = null));
  }

  /** @param {File} file */
  async take(file) {
    if (isSession(file)) return this.#takeSession(await file.text());
    const edit = this.waiting ?? undefined;
    return this.#editor.openPhoto(file, file.name, { bundle: edit?.bundle?.name ?? this.#bundle(), edit });
  }

  takeWithoutPhoto() {
    if (this.waiting !== null) this.#editor.openEdit(this.waiting, null);
  }

  /** @param {string} text */
  #takeSession(text) {
    const edit = parsed(text);
    if (edit === null) {
      return this.#notify("This file is no saved session; choose one that Save made, or a script for igan edit.");
    }
    const photo = this.#editor.photo;
    if (photo !== null && photo.sha256 === (edit.photo?.sha256 ?? photo.sha256)) {
      return this.#editor.openEdit(edit, photo.blob, photo.name);
    }
    if (edit.bundle !== undefined && edit.photo === undefined) return this.#editor.openEdit(edit, null);
    this.waiting = edit;
    this.dispatchEvent(new Event("waiting"));
  }
}

/** @param {File} file */
export function isSession(file) {
  return file.type === "application/json" || file.name.endsWith(".json");
}

/**
 * @param {string} text
 * @returns {Edit | null} what the server reads more strictly
 */
function parsed(text) {
  try {
    const document = JSON.parse(text);
    return Array.isArray(document?.constraints) ? document : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
