// @ts-check
/** Save: the photo, the path as a film, the session, a page with everything. */

import { button, dialog, make } from "./elements.js";

/** @typedef {{blob: Blob, filename: string | null}} Download */
/** @typedef {{label: string, about: string, fallback: string, make: (job: string, signal: AbortSignal) => Promise<Download>}} Kind */

/**
 * @param {import("../types").Workbench} workbench
 * @returns {() => void} opens the dialog
 */
export function attachSaving({ editor, announce }) {
  /** @type {Kind[]} */
  const kinds = [
    {
      label: "Photo",
      about: "The edited photo, in the size and format that it came in.",
      fallback: "edited.png",
      make: (...how) => editor.download("transfers", editor.showing.carried, ...how),
    },
    {
      label: "GIF",
      about: "The way from the start to the result, for anywhere.",
      fallback: "path.gif",
      make: (...how) => editor.download("films", { kind: "gif", ...editor.showing.carried }, ...how),
    },
    {
      label: "MP4",
      about: "The same as a film, smaller and with more colours.",
      fallback: "path.mp4",
      make: (...how) => editor.download("films", { kind: "mp4", ...editor.showing.carried }, ...how),
    },
    {
      label: "Session",
      about: "Everything you did, to open here again or to run with igan edit --script. It holds no photo: keep yours.",
      fallback: "edit.json",
      make: async () => {
        const text = JSON.stringify(editor.edit, null, 1);
        return { blob: new Blob([text], { type: "application/json" }), filename: null };
      },
    },
    {
      label: "Page",
      about: "One HTML file with before, after, film and figures, to show to others.",
      fallback: "edit.html",
      make: (...how) => editor.download("pages", editor.showing.carried, ...how),
    },
  ];
  const saving = dialog("saving", "Save", make("ul", { class: "plain" }, ...kinds.map(row)));

  /** @param {Kind} kind */
  function row(kind) {
    const progress = make("progress", { hidden: true, "aria-label": `Making the ${kind.label}` });
    const outcome = make("span", { class: "faint", role: "status" });
    const save = button(`Save ${kind.label}`, start);
    const cancel = button("Cancel", () => running?.abort());
    cancel.hidden = true;
    /** @type {AbortController | null} */
    let running = null;
    const job = `save-${kind.label.toLowerCase()}`;
    editor.addEventListener("progress", (event) => {
      const { done, total, ...told } = /** @type {CustomEvent} */ (event).detail;
      if (told.job === job && running !== null) [progress.max, progress.value] = [total, done];
    });

    async function start() {
      running = new AbortController();
      progress.removeAttribute("value");
      show("");
      try {
        const { blob, filename } = await kind.make(job, running.signal);
        const name = named(kind.fallback, filename);
        give(blob, name);
        end(`Saved ${name} (${size(blob.size)}).`);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        end(error.name === "AbortError" ? "Cancelled." : error.message);
      }
    }
    /** @param {string} sentence */
    function end(sentence) {
      running = null;
      show(sentence);
      announce(sentence);
    }
    /** @param {string} sentence */
    function show(sentence) {
      save.disabled = running !== null;
      progress.hidden = cancel.hidden = running === null;
      outcome.textContent = sentence;
    }
    const about = make("span", { class: "faint" }, kind.about);
    return make("li", { class: "row" }, save, make("span", { class: "grow" }, about, progress, outcome), cancel);
  }

  /**
   * After the photo where there is one.
   * @param {string} fallback
   * @param {string | null} filename
   */
  function named(fallback, filename) {
    if (editor.photo === null) return filename ?? fallback;
    const suffix = (filename ?? fallback).slice((filename ?? fallback).lastIndexOf("."));
    const stem = editor.photo.name.replace(/\.[^.]*$/, "");
    return `${stem}-${fallback.slice(0, fallback.lastIndexOf("."))}${suffix}`;
  }

  return () => {
    if (editor.opened !== null) saving.showModal();
  };
}

/**
 * Give the person a file, as a browser's download.
 * @param {Blob} blob
 * @param {string} name
 */
function give(blob, name) {
  const address = URL.createObjectURL(blob);
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** @param {number} bytes */
function size(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
