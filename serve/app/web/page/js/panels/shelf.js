// @ts-check
/** Snapshots in IndexedDB, one a tab, the few newest; photos apart, so that they are written once. */

/** @typedef {import("../types").Snapshot} Snapshot */
/** @typedef {{tab: string, time: number, bundle: string, edit: import("../types").Edit, photo: string | null}} Row */
/** @typedef {{name: string, blob: Blob}} KeptPhoto */

const DATABASE = "igan";
const KEPT = 3;

export class Shelf {
  /** @type {Promise<IDBDatabase> | null} */
  #opened = null;
  /** @type {Blob | null} the photo that was written last */
  #written = null;

  /**
   * @param {string} tab
   * @param {Snapshot} snapshot
   */
  async put(tab, { bundle, edit, photo }) {
    const database = await this.#database();
    const transaction = database.transaction(["edits", "photos"], "readwrite");
    const [edits, photos] = ["edits", "photos"].map((name) => transaction.objectStore(name));
    edits.put({ tab, time: Date.now(), bundle, edit, photo: photo && tab });
    if (photo !== null && photo.blob !== this.#written) photos.put(photo, tab);
    const rows = newestFirst(await answer(edits.getAll()));
    for (const old of rows.slice(KEPT)) {
      edits.delete(old.tab);
      photos.delete(old.tab);
    }
    await finished(transaction);
    this.#written = photo && photo.blob;
  }

  /**
   * @param {string} tab
   * @returns {Promise<Snapshot | null>}
   */
  async of(tab) {
    const database = await this.#database();
    return this.#whole(await answer(database.transaction("edits").objectStore("edits").get(tab)));
  }

  /** @returns {Promise<Snapshot | null>} */
  async newest() {
    const database = await this.#database();
    const rows = await answer(database.transaction("edits").objectStore("edits").getAll());
    return this.#whole(newestFirst(rows)[0]);
  }

  async clear() {
    const database = await this.#database();
    const transaction = database.transaction(["edits", "photos"], "readwrite");
    for (const name of ["edits", "photos"]) transaction.objectStore(name).clear();
    await finished(transaction);
    this.#written = null;
  }

  /**
   * @param {Row | undefined} row
   * @returns {Promise<Snapshot | null>} null where there is none, or its photo is gone
   */
  async #whole(row) {
    if (row === undefined) return null;
    const { bundle, edit } = row;
    if (row.photo === null) return { bundle, edit, photo: null };
    const database = await this.#database();
    /** @type {KeptPhoto | undefined} */
    const photo = await answer(database.transaction("photos").objectStore("photos").get(row.photo));
    return photo === undefined ? null : { bundle, edit, photo };
  }

  #database() {
    this.#opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("edits", { keyPath: "tab" });
        request.result.createObjectStore("photos");
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return this.#opened;
  }
}

/** @param {Row[]} rows */
function newestFirst(rows) {
  return rows.sort((a, b) => b.time - a.time);
}

/**
 * @template Value
 * @param {IDBRequest<Value>} request
 * @returns {Promise<Value>}
 */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {IDBTransaction} transaction
 * @returns {Promise<void>}
 */
function finished(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
