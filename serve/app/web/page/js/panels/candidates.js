// @ts-check
/** The strip of candidates: other pictures that meet the strokes. */

import { make, panel } from "./elements.js";

const SHOWN = 9;
const THUMBNAIL_PX = 96;

/** @param {import("../types").Workbench} workbench */
export function attachCandidates({ editor, announce }) {
  const thumbnails = Array.from({ length: SHOWN }, (_, place) => thumbnail(place + 1));
  const search = make("input", { type: "checkbox", role: "switch", checked: true });
  search.addEventListener("change", () => editor.showCandidates(search.checked));
  panel(
    "candidates",
    "Candidates",
    make("label", { class: "row faint" }, search, make("span", { class: "grow" }, "Other pictures that meet what you draw")),
    make("div", { class: "thumbnails" }, ...thumbnails.map((one) => one.pick)),
  );

  /** @param {number} rank */
  function thumbnail(rank) {
    const canvas = make("canvas", { width: THUMBNAIL_PX, height: THUMBNAIL_PX, "aria-hidden": "true" });
    const pick = make("button", { type: "button", class: "thumbnail", disabled: true }, canvas);
    pick.setAttribute("aria-label", `Candidate ${rank}: go on from it`);
    pick.title = "Go on from this one";
    pick.addEventListener("click", () => {
      editor.pick(rank);
      announce(`Candidate ${rank} picked.`);
    });
    return { pick, canvas };
  }

  /**
   * @param {number} rank
   * @param {ImageBitmap | null} bitmap
   */
  function draw(rank, bitmap) {
    const { pick, canvas } = thumbnails[rank - 1];
    pick.disabled = bitmap === null;
    const paper = canvas.getContext("2d");
    paper?.clearRect(0, 0, THUMBNAIL_PX, THUMBNAIL_PX);
    if (bitmap !== null) paper?.drawImage(bitmap, 0, 0, THUMBNAIL_PX, THUMBNAIL_PX);
  }

  function drawAll() {
    const pictures = new Map(editor.candidates.map((one) => [one.rank, one.bitmap]));
    for (let rank = 1; rank <= SHOWN; rank += 1) draw(rank, pictures.get(rank) ?? null);
  }
  for (const event of ["candidates", "opening", "closed"]) editor.addEventListener(event, drawAll);
  editor.addEventListener("frame", (event) => {
    const { kind, rank, bitmap } = /** @type {CustomEvent} */ (event).detail;
    if (kind === "candidate" && rank <= SHOWN) draw(rank, bitmap);
  });
  editor.addEventListener("opened", () => editor.showCandidates(search.checked));
}
