// @ts-check
/** Sentences for people: some are shown for a while, others are read to those who do not see. */

const SHOWN_MS = 7000;
const SETTLED_MS = 250;

/**
 * Show a sentence until it was there long enough to be read, or is put away.
 * @param {HTMLElement} place
 * @returns {(sentence: string, kind?: "error" | "info") => void}
 */
export function noticesIn(place) {
  return (sentence, kind = "error") => {
    for (const shown of [...place.children]) {
      if (shown.firstChild?.textContent === sentence) shown.remove();
    }
    const notice = document.createElement("div");
    notice.className = `notice ${kind}`;
    const text = document.createElement("span");
    text.textContent = sentence;
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", "Put away");
    close.addEventListener("click", () => notice.remove());
    notice.append(text, close);
    place.append(notice);
    setTimeout(() => notice.remove(), SHOWN_MS);
  };
}

/**
 * Say a sentence to a screen reader; of several within a moment, the last.
 * @param {HTMLElement} place with aria-live
 * @returns {(sentence: string) => void}
 */
export function announcerIn(place) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return (sentence) => {
    clearTimeout(timer);
    timer = setTimeout(() => (place.textContent = sentence), SETTLED_MS);
  };
}
