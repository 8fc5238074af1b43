// @ts-check
/** The edit and its photo, kept in this browser: a reload goes on, a new tab can. */

import { clientName } from "../identity.js";
import { Shelf } from "./shelf.js";

/** @typedef {import("../types").Snapshot} Snapshot */

const PAUSE_MS = 400;

export class Keeping {
  #editor;
  #example;
  #notify;
  #shelf = new Shelf();
  #tab = clientName();
  #timer = 0;

  /**
   * @param {import("../types").Workbench} workbench
   * @param {import("./example.js").Example} example whose session is not kept
   */
  constructor({ editor, notify }, example) {
    this.#editor = editor;
    this.#notify = notify;
    this.#example = example;
    for (const event of ["opened", "state"]) editor.addEventListener(event, () => this.#soon());
    addEventListener("pagehide", () => this.#now());
  }

  /** @returns {Promise<{snapshot: Snapshot, own: boolean} | null>} own: this tab made it */
  async last() {
    try {
      const own = await this.#shelf.of(this.#tab);
      if (own !== null) return { snapshot: own, own: true };
      const newest = await this.#shelf.newest();
      return newest && { snapshot: newest, own: false };
    } catch (error) {
      this.#complain(error);
      return null;
    }
  }

  /** Forget what this tab was editing, and what was edited before. */
  async forget() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    await this.#shelf.clear();
  }

  #soon() {
    if (this.#timer === 0) this.#timer = setTimeout(() => this.#now(), PAUSE_MS);
  }

  #now() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const snapshot = this.#example.open ? null : this.#editor.snapshot();
    if (snapshot !== null) this.#shelf.put(this.#tab, snapshot).catch((error) => this.#complain(error));
  }

  /** @param {unknown} error of IndexedDB: it is switched off, or full */
  #complain(error) {
    if (!(error instanceof DOMException)) throw error;
    this.#notify("This browser keeps nothing here: save before you reload or close the page.", "info");
  }
}
