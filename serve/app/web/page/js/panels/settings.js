// @ts-check
/** The settings that matter, with one line of meaning each. */

import { element } from "../page_elements.js";
import { button, dialog, make, slider } from "./elements.js";

/** @typedef {{label: string, min: number, max: number, step: number, meaning: string}} Setting */

/** @type {Record<string, Setting>} by their key in the Edit document */
const SETTINGS = {
  smoothness_weight: {
    label: "Stay close to the photo",
    min: 0,
    max: 20,
    step: 0.5,
    meaning: "Lower it where the strokes matter more than what was there.",
  },
  realism_weight: {
    label: "Realism",
    min: 0,
    max: 2,
    step: 0.05,
    meaning: "How much the model's own judge has a say; costs frames per second.",
  },
  diversity: {
    label: "Diversity",
    min: 0,
    max: 2,
    step: 0.05,
    meaning: "How different from the start the candidates may begin.",
  },
  frames: {
    label: "Frames",
    min: 2,
    max: 32,
    step: 1,
    meaning: "Steps of the way from start to result; more follow large changes better and take longer.",
  },
};
const JUDGED = "realism_weight";
const STRENGTH = {
  min: 0.05,
  max: 1,
  step: 0.05,
  value: 1,
  meaning: "How much the strokes that you draw from now on count.",
};

/** @param {import("../types").Workbench} workbench */
export function attachSettings({ api, editor, tool, notify }) {
  const sliders = Object.entries(SETTINGS).map(([key, { label, ...scale }]) => {
    const one = slider(label, { ...scale, value: scale.min }, (value, done) => {
      if (done) editor.settings({ [key]: value });
    });
    return { key, ...one };
  });
  const strength = slider("Brush strength", STRENGTH, (value) => (tool.strength = value));
  const unjudged = make("p", { class: "faint" }, "This model was exported without its judge.");
  const settings = dialog(
    "settings",
    "Settings",
    ...sliders.flatMap(({ key, field }) => (key === JUDGED ? [field, unjudged] : [field])),
    strength.field,
    button("As they were at first", reset),
  );

  async function reset() {
    const defaults = await defaultSettings();
    if (defaults === null) return;
    editor.settings(defaults);
    for (const one of sliders) one.set(defaults[one.key]);
    strength.set((tool.strength = STRENGTH.value));
  }

  async function defaultSettings() {
    try {
      const schema = await api.editSchema();
      const properties = schema.properties.settings.anyOf[0].properties;
      return Object.fromEntries(sliders.map(({ key }) => [key, properties[key].default]));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      notify(error.message);
      return null;
    }
  }

  function show() {
    for (const { key, range, set } of sliders) {
      const value = editor.edit?.settings?.[key];
      if (typeof value === "number") set(value);
      range.disabled = editor.opened === null || (key === JUDGED && !editor.bundle?.has_realism);
    }
    unjudged.hidden = editor.bundle === null || editor.bundle.has_realism;
    strength.set(tool.strength);
  }

  const open = button("Settings", () => {
    show();
    settings.showModal();
  });
  element("menu", HTMLElement).append(open);
}
