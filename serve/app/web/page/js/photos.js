// @ts-check
/** The photos that this page holds for the server, which may forget them at any time. */

import { ApiError } from "./api.js";

export class Photos {
  /** @type {Map<string, Blob>} by SHA-256 */
  #kept = new Map();
  #api;

  /** @param {import("./api.js").Api} api */
  constructor(api) {
    this.#api = api;
  }

  /** @param {Blob} photo */
  async put(photo) {
    const info = await this.#api.putPhoto(photo);
    this.#kept.set(info.sha256, photo);
    return info;
  }

  /** Send one again; returns false where it is not held here. */
  async sendAgain(/** @type {string} */ sha256) {
    const photo = this.#kept.get(sha256);
    if (photo === undefined) return false;
    await this.#api.putPhoto(photo);
    return true;
  }

  /**
   * A request that is made once more when the server lacks a photo for it.
   * @template Answer
   * @param {() => Promise<Answer>} request
   * @returns {Promise<Answer>}
   */
  async serving(request) {
    try {
      return await request();
    } catch (error) {
      const lacks = error instanceof ApiError && error.needsPhoto;
      if (!lacks || !(await this.sendAgain(lacks))) throw error;
      return request();
    }
  }

  forget() {
    this.#kept.clear();
  }
}
