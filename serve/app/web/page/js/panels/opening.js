// @ts-check
/** What to edit: a photo, a sample, a saved session, a random picture, an empty canvas, or what was edited last. */

import { element } from "../page_elements.js";
import { button, fileButton, make } from "./elements.js";

/** @typedef {import("../types").Snapshot} Snapshot */

const SENTENCES = [
  "A model has learned what pictures of one kind look like: shoes, or handbags.",
  "Open a photo of that kind and draw on it what should be different, a colour, an edge, a part dragged elsewhere, " +
    "and the model finds the most natural picture that fits.",
  "The change is carried back onto your photo, at its full size and with its texture.",
];
const BESIDE = ["toolbar", "options", "side", "path", "actions"];
const VISITED = "igan.visited";

/**
 * @param {import("../types").Workbench} workbench
 * @param {{
 *   intake: import("./intake.js").Intake,
 *   keeping: import("./keeping.js").Keeping,
 *   example: import("./example.js").Example,
 *   bundle: () => string | undefined,
 * }} parts
 */
export function attachOpening({ api, editor, announce, notify }, { intake, keeping, example, bundle }) {
  const surface = element("opening", HTMLElement);
  const doing = make("p", { role: "status" });
  const progress = make("progress", { "aria-label": "Opening", hidden: true });
  const samples = make("div", { class: "samples" });
  const back = button("Back to the edit", hide);
  const forget = button("Forget it and start anew", startAnew, "Removes photo and edit from this browser");
  const play = button("Play the example", () => example.play(bundle()));
  const last = button("", () => offered && editor.resume(offered));
  const photoless = button("Go on without a photo", () => intake.takeWithoutPhoto());
  /** @type {Snapshot | null} made in another tab */
  let offered = null;

  const sentences = make("div", {}, ...SENTENCES.map((sentence) => make("p", {}, sentence)), play);
  const about = make("section", { class: "row about", "aria-label": "What this is" }, example.canvas, sentences);
  const ways = [
    fileButton("Choose a photo or session…", "image/*,.json", (file) => intake.take(file)),
    button("A random picture", () => editor.openRandom({ bundle: bundle() })),
    button("An empty canvas", () => editor.openEmpty({ bundle: bundle() })),
    last,
    photoless,
  ];
  const card = make(
    "div",
    { class: "card" },
    about,
    make("h2", {}, "What do you want to edit?"),
    make("div", { class: "row" }, ...ways),
    make("p", { class: "faint" }, "Or drop a photo anywhere on this page, or paste one."),
    doing,
    progress,
    samples,
    make("div", { class: "row" }, back, forget),
  );
  surface.append(card);

  async function begin() {
    const kept = await keeping.last();
    if (kept?.own && (await editor.resume(kept.snapshot))) return;
    offered = kept?.snapshot ?? null;
    show();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (localStorage.getItem(VISITED) === null && !still) example.play(bundle());
  }

  function show() {
    document.body.dataset.choosing = "";
    surface.hidden = false;
    for (const id of BESIDE) element(id, HTMLElement).inert = true;
    const editing = editor.opened !== null && !example.open;
    back.hidden = !editing;
    forget.hidden = !editing && offered === null;
    last.hidden = editing || offered === null;
    last.textContent = `Go on with ${offered?.photo?.name ?? "the last picture"}`;
    about.hidden = editing;
    photoless.hidden = intake.waiting === null || intake.waiting.photo !== undefined;
    sayWhatIsAwaited();
    if (samples.childElementCount === 0) showSamples().catch((error) => notify(error.message));
  }

  function hide() {
    delete document.body.dataset.choosing;
    surface.hidden = true;
    for (const id of BESIDE) element(id, HTMLElement).inert = false;
  }

  async function showSamples() {
    for (const { name, title, category, author, licence } of await api.samples()) {
      const blob = await api.sample(name);
      const open = () => editor.openPhoto(blob, name, { bundle: modelOf(category) });
      const picture = make("img", { src: URL.createObjectURL(blob), alt: "" });
      const credit = `${title}, by ${author}; ${licence}`;
      samples.append(make("button", { type: "button", class: "sample", title: credit, click: open }, picture, title));
    }
  }

  /**
   * The chosen model, unless its name tells that another one was made for this.
   * @param {string} category
   */
  function modelOf(category) {
    const names = [bundle(), ...editor.bundles.map(({ name }) => name)];
    return names.find((name) => name?.startsWith(category)) ?? bundle();
  }

  async function startAnew() {
    await keeping.forget();
    editor.close();
    offered = null;
    show();
    announce("The photo and the edit are forgotten.");
  }

  /** @param {string} sentence */
  function say(sentence) {
    doing.textContent = sentence;
    progress.hidden = true;
  }

  function sayWhatIsAwaited() {
    if (intake.waiting === null) return say("");
    const { photo } = intake.waiting;
    const size = photo === undefined ? "" : ` of ${photo.width_px} x ${photo.height_px} pixels`;
    say(`This session was made on a photo${size}; now open that photo.`);
  }

  intake.addEventListener("waiting", show);
  editor.addEventListener("opening", (event) => {
    if (example.open) return;
    say(`Opening ${/** @type {CustomEvent} */ (event).detail.name}…`);
    progress.removeAttribute("value");
    progress.hidden = false;
  });
  editor.addEventListener("progress", (event) => {
    const { job, done, total } = /** @type {CustomEvent} */ (event).detail;
    if (job === "project") [progress.max, progress.value] = [total, done];
  });
  editor.addEventListener("failure", sayWhatIsAwaited);
  editor.addEventListener("opened", () => {
    if (example.open) return;
    localStorage.setItem(VISITED, "yes");
    hide();
  });

  return { begin, show };
}
