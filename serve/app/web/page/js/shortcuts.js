// @ts-check
/** Keys that do something wherever the focus is, but where text is typed or a dialog is open. */

/**
 * @typedef {object} Shortcut
 * @property {string} key as in KeyboardEvent.key, with "Ctrl+" and "Shift+" before letters
 * @property {string} label what it does
 * @property {string} group under which help lists it
 * @property {(event: KeyboardEvent) => void} run
 * @property {(event: KeyboardEvent) => void} [release] for keys that act while they are held
 */

const NOT_TYPED_IN = "[type=range], [type=radio], [type=checkbox], [type=color]";
const TYPED_IN = `input:not(${NOT_TYPED_IN}), textarea, select`;

export class Shortcuts {
  /** @type {Shortcut[]} */
  all = [];
  /** @type {Map<string, Shortcut>} by the key that is held */
  #held = new Map();

  constructor() {
    addEventListener("keydown", (event) => this.#down(event));
    addEventListener("keyup", (event) => this.#up(event));
    addEventListener("blur", () => this.#releaseAll());
  }

  /** @param {Shortcut} shortcut */
  add(shortcut) {
    this.all.push(shortcut);
  }

  /** @param {KeyboardEvent} event */
  #down(event) {
    if (event.defaultPrevented || isElsewhere(event)) return;
    const combination = combinationOf(event);
    const shortcut = this.all.find(({ key }) => key.toLowerCase() === combination);
    if (shortcut === undefined) return;
    event.preventDefault();
    if (shortcut.release) {
      if (event.repeat) return;
      this.#held.set(event.code, shortcut);
    }
    shortcut.run(event);
  }

  /** @param {KeyboardEvent} event */
  #up(event) {
    this.#held.get(event.code)?.release?.(event);
    this.#held.delete(event.code);
  }

  #releaseAll() {
    for (const shortcut of this.#held.values()) shortcut.release?.(new KeyboardEvent("keyup"));
    this.#held.clear();
  }
}

/**
 * Such as "f", "ctrl+shift+z", "?"; Command counts as Ctrl, and Shift only beside letters.
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">} event
 */
export function combinationOf({ key, ctrlKey, metaKey, shiftKey, altKey }) {
  const lower = key.toLowerCase();
  const isLetter = lower.length === 1 && lower !== lower.toUpperCase();
  const ctrl = ctrlKey || metaKey ? "ctrl+" : "";
  const alt = altKey ? "alt+" : "";
  return ctrl + alt + (shiftKey && isLetter ? "shift+" : "") + lower;
}

/** @param {KeyboardEvent} event */
function isElsewhere(event) {
  const typing = event.target instanceof Element && event.target.matches(TYPED_IN);
  const choosing = document.body.dataset.choosing !== undefined;
  return typing || choosing || document.querySelector("dialog[open]") !== null;
}
