// @ts-check
/** Elements of the panels. */

import { element } from "../page_elements.js";

/** @typedef {string | Node} Child */

let sliders = 0;

/**
 * A new element. Attributes that are null are left out, those that are true stand without a value,
 * and functions listen to the event of that name.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | null | ((event: any) => void)>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== null && value !== false) made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/**
 * The section of the page that has this id, with its heading.
 * @param {string} id
 * @param {string} title
 * @param {...Child} children
 */
export function panel(id, title, ...children) {
  const section = element(id, HTMLElement);
  const heading = make("h2", { id: `${id}-title` }, title);
  section.setAttribute("aria-labelledby", heading.id);
  section.replaceChildren(heading, ...children);
  return section;
}

/**
 * The dialog of the page that has this id, with a heading and a way out.
 * @param {string} id
 * @param {string} title
 * @param {...Child} children
 */
export function dialog(id, title, ...children) {
  const found = element(id, HTMLDialogElement);
  const close = make("button", { type: "button", class: "button", click: () => found.close() }, "Close");
  const heading = make("h2", { id: `${id}-title` }, title);
  found.setAttribute("aria-labelledby", heading.id);
  found.replaceChildren(make("header", { class: "row" }, heading, close), ...children);
  return found;
}

/**
 * A button that is as wide as its label.
 * @param {string} label
 * @param {() => void} click
 * @param {string} [title] what it does, and its key
 */
export function button(label, click, title) {
  return make("button", { type: "button", class: "button", title: title ?? null, click }, label);
}

/**
 * A labelled slider that shows its value.
 * @param {string} label
 * @param {{min: number, max: number, step: number, value: number, meaning?: string}} scale
 * @param {(value: number, done: boolean) => void} onInput done once the hand lets go
 */
export function slider(label, { min, max, step, value, meaning }, onInput) {
  const id = `slider-${(sliders += 1)}`;
  const shown = make("span", { class: "faint" });
  const range = make("input", { type: "range", id, min, max, step, value });
  const show = () => (shown.textContent = String(Number(range.value)));
  const say = (/** @type {boolean} */ done) => {
    show();
    onInput(range.valueAsNumber, done);
  };
  range.addEventListener("input", () => say(false));
  range.addEventListener("change", () => say(true));
  show();
  const caption = make("div", { class: "row" }, make("label", { for: id }, label), shown);
  const field = make("div", { class: "field" }, caption, range);
  if (meaning !== undefined) {
    field.append(make("span", { class: "faint", id: `${id}-meaning` }, meaning));
    range.setAttribute("aria-describedby", `${id}-meaning`);
  }
  return {
    field,
    range,
    set: (/** @type {number} */ to) => {
      range.value = String(to);
      show();
    },
  };
}

/**
 * Choices of which one is taken, as a segmented control.
 * @template {string} Choice
 * @param {string} legend
 * @param {Record<Choice, string>} choices label of each
 * @param {(choice: Choice) => void} onChoice
 */
export function segments(legend, choices, onChoice) {
  const name = `choice-${legend.toLowerCase().replaceAll(" ", "-")}`;
  const radios = Object.entries(choices).map(([value, label]) => {
    const choose = () => onChoice(/** @type {Choice} */ (value));
    const radio = make("input", { type: "radio", name, value, change: choose });
    return { value, radio, label: make("label", {}, radio, /** @type {string} */ (label)) };
  });
  const title = make("legend", { class: "unseen" }, legend);
  const group = make("fieldset", { class: "segments" }, title, ...radios.map((one) => one.label));
  return {
    group,
    set: (/** @type {Choice} */ choice) => {
      for (const one of radios) one.radio.checked = one.value === choice;
    },
  };
}

/**
 * A control that lets a person choose one file.
 * @param {string} label
 * @param {string} accept
 * @param {(file: File) => void} onFile
 */
export function fileButton(label, accept, onFile) {
  const input = make("input", { type: "file", accept, class: "unseen" });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    input.value = "";
    if (file) onFile(file);
  });
  return make("label", { class: "button file" }, input, label);
}
