// @ts-check
/** Pictures as they arrive: one slot a kind and rank, in which only the newest is decoded. */

import { readFrame } from "./frames.js";

/** @typedef {import("./types").FrameHeader} FrameHeader */
/** @typedef {import("./types").FrameKind} FrameKind */
/** @typedef {import("./types").PictureFrame} PictureFrame */
/** @typedef {{header: FrameHeader, file: Blob}} Encoded */

export class PictureSlots {
  /** @type {Map<string, PictureFrame>} */
  #shown = new Map();
  /** @type {Map<string, Encoded>} */
  #waiting = new Map();
  /** @type {Set<string>} */
  #decoding = new Set();
  #era = 0;
  #wanted;
  #onPicture;

  /**
   * @param {(header: FrameHeader) => boolean} wanted whether a picture, once decoded, still counts
   * @param {(picture: PictureFrame) => void} onPicture called with each that does
   */
  constructor(wanted, onPicture) {
    this.#wanted = wanted;
    this.#onPicture = onPicture;
  }

  /**
   * The newest picture of a kind.
   * @param {FrameKind} kind
   * @param {number} rank
   */
  get(kind, rank = 0) {
    return this.#shown.get(`${kind} ${rank}`) ?? null;
  }

  /** @param {ArrayBuffer} buffer a binary message */
  receive(buffer) {
    const encoded = readFrame(buffer);
    if (encoded === null) return;
    const slot = `${encoded.header.kind} ${encoded.header.rank}`;
    this.#waiting.set(slot, encoded);
    if (!this.#decoding.has(slot)) this.#decode(slot);
  }

  /** Forget all pictures, those that are being decoded too. */
  clear() {
    this.#era += 1;
    for (const { bitmap } of this.#shown.values()) bitmap.close();
    this.#shown.clear();
    this.#waiting.clear();
  }

  /** @param {string} slot */
  async #decode(slot) {
    this.#decoding.add(slot);
    for (let next = this.#waiting.get(slot); next; next = this.#waiting.get(slot)) {
      this.#waiting.delete(slot);
      const era = this.#era;
      const bitmap = await createImageBitmap(next.file).catch(() => null);
      if (bitmap === null) continue;
      if (era !== this.#era || !this.#wanted(next.header)) {
        bitmap.close();
        continue;
      }
      this.#shown.get(slot)?.bitmap.close();
      const picture = { ...next.header, bitmap };
      this.#shown.set(slot, picture);
      this.#onPicture(picture);
    }
    this.#decoding.delete(slot);
  }
}
