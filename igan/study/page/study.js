// @ts-check
// The page of a perception study. It runs from any web host and from a file: no server, no modules,
// nothing fetched but pictures. STUDY comes from study-data.js.
"use strict";

(() => {
  /**
   * @typedef {{picture: string, real: boolean, ms: number}} Answer
   * @typedef {{participant: string, sheet: number, sent: boolean, answers: Answer[]}} Progress
   */

  const PARTICIPANT = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
  const NAMES_IN_LINKS = ["participant", "PROLIFIC_PID", "workerId"];
  const SECONDS_PER_PICTURE = 3;
  const query = new URLSearchParams(location.search);

  /** @param {string} id @returns {any} */
  const element = (id) => document.getElementById(id);

  /** @param {string} id */
  function showOnly(id) {
    for (const section of document.querySelectorAll("main > section")) {
      /** @type {HTMLElement} */ (section).hidden = section.id !== id;
    }
    element("leaving").hidden = id === "welcome" || id === "gone";
  }

  // ---- who takes part, and what this browser remembers ------------------------------------------

  const named = NAMES_IN_LINKS.map((key) => query.get(key) ?? "").find((name) => PARTICIPANT.test(name));
  const storageKey = `igan-study:${STUDY.study}:${named ?? ""}`;

  /** @returns {Progress | null} */
  function remembered() {
    try {
      return JSON.parse(localStorage.getItem(storageKey) ?? "null");
    } catch {
      return null;
    }
  }

  function remember() {
    try {
      localStorage.setItem(storageKey, JSON.stringify(progress));
    } catch {
      element("problem").textContent =
        "This browser does not let the page keep your answers; please do not close or reload it.";
    }
  }

  function forget() {
    try {
      localStorage.removeItem(storageKey);
    } catch {
      // Nothing was kept.
    }
  }

  /** @returns {Progress} */
  function startedNow() {
    const asked = query.get("sheet") ?? "";
    const sheet = /^\d{1,6}$/.test(asked) && Number(asked) < STUDY.sheets.length
      ? Number(asked)
      : Math.floor(Math.random() * STUDY.sheets.length);
    const random = [...crypto.getRandomValues(new Uint8Array(8))]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join("");
    return { participant: named ?? `p${random}`, sheet, sent: false, answers: [] };
  }

  let progress = remembered() ?? startedNow();
  const order = () => STUDY.sheets[progress.sheet].map((place) => STUDY.pictures[place]);
  /** @param {string} name */
  const address = (name) => `pictures/${name}.jpg`;

  // ---- judging ----------------------------------------------------------------------------------

  let shownAt = NaN;

  async function showNext() {
    const names = order();
    const done = progress.answers.length;
    if (done === names.length) {
      finish();
      return;
    }
    showOnly("trial");
    lock();
    element("place").textContent = `Picture ${done + 1} of ${names.length}`;
    element("progress").max = names.length;
    element("progress").value = done;
    const picture = element("picture");
    picture.alt = `Picture ${done + 1}, to be judged by eye`;
    picture.src = address(names[done]);
    try {
      await picture.decode();
    } catch {
      element("trouble").textContent = "The picture could not be loaded; please check the connection.";
      element("again").hidden = false;
      return;
    }
    picture.classList.add("shown");
    requestAnimationFrame(() => {
      shownAt = performance.now();
      setAnswersEnabled(true);
      if (done + 1 < names.length) {
        new Image().src = address(names[done + 1]);
      }
    });
  }

  /** Take no answer until the next picture is seen. */
  function lock() {
    shownAt = NaN;
    setAnswersEnabled(false);
    element("picture").classList.remove("shown");
    element("trouble").textContent = "";
    element("again").hidden = true;
  }

  /** @param {boolean} enabled */
  function setAnswersEnabled(enabled) {
    // aria-disabled, not disabled: a disabled button would lose the keyboard's focus.
    for (const id of ["not-real", "looks-real"]) {
      element(id).setAttribute("aria-disabled", String(!enabled));
    }
  }

  /** @param {boolean} real */
  function answer(real) {
    if (Number.isNaN(shownAt)) {
      return;
    }
    const ms = Math.round(performance.now() - shownAt);
    progress.answers.push({ picture: order()[progress.answers.length], real, ms });
    remember();
    void showNext();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (element("trial").hidden || event.repeat || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const key = event.key.toLowerCase();
    if (key === "f" || key === "arrowleft" || key === "j" || key === "arrowright") {
      event.preventDefault();
      answer(key === "j" || key === "arrowright");
    }
  }

  // ---- handing in -------------------------------------------------------------------------------

  /** The same code as igan.study.answers.completion_code: FNV-1a of 64 bits, folded to 32. */
  function completionCode() {
    const { participant, sheet, answers } = progress;
    const given = answers.map(({ picture, real, ms }) => `${picture}:${Number(real)}:${ms};`).join("");
    let value = 0xcbf29ce484222325n;
    for (const byte of new TextEncoder().encode(`${STUDY.study}|${participant}|${sheet}|${given}`)) {
      value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n);
    }
    const digits = ((value >> 32n) ^ (value & 0xffffffffn)).toString(16).toUpperCase().padStart(8, "0");
    return `${digits.slice(0, 4)}-${digits.slice(4)}`;
  }

  function asJson() {
    const { participant, sheet, answers } = progress;
    return JSON.stringify({
      format: "igan-study-answers",
      version: 1,
      study: STUDY.study,
      participant,
      sheet,
      code: completionCode(),
      answers,
    });
  }

  function asCsv() {
    const head = [STUDY.study, progress.participant, progress.sheet, completionCode()].join(",");
    const rows = progress.answers.map(
      ({ picture, real, ms }, place) => `${head},${place + 1},${picture},${Number(real)},${ms}`,
    );
    return ["study,participant,sheet,code,position,picture,real,ms", ...rows, ""].join("\r\n");
  }

  /** @param {string} id @param {string} text @param {string} type @param {string} suffix */
  function offer(id, text, type, suffix) {
    const link = element(id);
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = `answers-${progress.participant}.${suffix}`;
  }

  function finish() {
    showOnly("finish");
    element("withdraw").textContent = "Delete my answers from this browser";
    const code = completionCode();
    element("code").textContent = code;
    offer("export-json", asJson(), "application/json", "json");
    offer("export-csv", asCsv(), "text/csv", "csv");
    if (STUDY.returnLink) {
      element("return").hidden = false;
      element("return-link").href = STUDY.returnLink.replaceAll("{code}", code);
    }
    element("thanks").focus();
    if (query.get("collect") === "1") {
      element("hand-in").hidden = true;
      void send();
    }
  }

  async function send() {
    element("send-again").hidden = true;
    if (!progress.sent) {
      element("sending").textContent = "Your answers are being sent …";
      try {
        const response = await fetch("answers", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: asJson(),
        });
        if (!response.ok) {
          throw new Error(await response.text());
        }
      } catch (error) {
        element("sending").textContent = `Your answers could not be sent (${error.message}).`;
        element("send-again").hidden = false;
        element("hand-in").hidden = false;
        return;
      }
      progress.sent = true;
      remember();
    }
    element("sending").textContent = "Your answers were received.";
  }

  async function copyAnswers() {
    try {
      await navigator.clipboard.writeText(asJson());
      element("copied").textContent = "Copied.";
    } catch {
      element("copied").textContent = "This browser does not let the page copy; save the file instead.";
    }
  }

  // ---- the page ---------------------------------------------------------------------------------

  /** @param {boolean} asks */
  function askToDelete(asks) {
    element("withdraw").hidden = asks;
    element("confirm").hidden = !asks;
    element(asks ? "keep" : "withdraw").focus();
  }

  function withdraw() {
    forget();
    progress = startedNow();
    lock();
    showOnly("gone");
    element("deleted").focus();
  }

  function welcome() {
    for (const paragraph of STUDY.consent) {
      const p = document.createElement("p");
      p.textContent = paragraph;
      element("consent-text").append(p);
    }
    const count = order().length;
    element("picture-count").textContent = String(count);
    element("expected-minutes").textContent = String(Math.ceil((count * SECONDS_PER_PICTURE) / 60));
    showOnly("welcome");
  }

  function begin() {
    remember();
    void showNext();
  }

  element("picture").width = STUDY.sidePx;
  element("picture").height = STUDY.sidePx;
  element("agrees").addEventListener("change", () => {
    element("begin").disabled = !element("agrees").checked;
  });
  element("begin").addEventListener("click", begin);
  element("not-real").addEventListener("click", () => answer(false));
  element("looks-real").addEventListener("click", () => answer(true));
  element("again").addEventListener("click", () => void showNext());
  element("send-again").addEventListener("click", () => void send());
  element("copy").addEventListener("click", () => void copyAnswers());
  element("withdraw").addEventListener("click", () => askToDelete(true));
  element("keep").addEventListener("click", () => askToDelete(false));
  element("delete").addEventListener("click", withdraw);
  document.addEventListener("keydown", onKey);
  if (remembered() === null) {
    welcome();
  } else {
    void showNext();
  }
})();
