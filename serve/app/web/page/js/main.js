// @ts-check
/** Puts the page together. */

import { Api } from "./api.js";
import { Editor } from "./editor.js";
import { Eyedropper } from "./eyedropper.js";
import { Gestures } from "./gestures.js";
import { Hand } from "./hand.js";
import { bearerToken, clientName } from "./identity.js";
import { KeyboardDrawing } from "./keyboard_drawing.js";
import { announcerIn, noticesIn } from "./messages.js";
import { Pad } from "./pad.js";
import { element } from "./page_elements.js";
import { attachPalette } from "./palette.js";
import { attachPanels } from "./panels/panels.js";
import { Shortcuts } from "./shortcuts.js";
import { attachSplitHandle } from "./split_handle.js";
import { attachStageNotes } from "./stage_notes.js";
import { Tool } from "./tool.js";
import { attachToolbar } from "./toolbar.js";

const api = new Api(clientName(), bearerToken());
const editor = new Editor(api);
const tool = new Tool();
const hand = new Hand(editor, tool);
const pad = new Pad(element("pad", HTMLCanvasElement), editor, tool, hand);
const announce = announcerIn(element("announcer", HTMLElement));
const notify = noticesIn(element("notices", HTMLElement));
const eyedropper = new Eyedropper(pad, tool, announce);
const workbench = { api, editor, tool, pad, shortcuts: new Shortcuts(), announce, notify };

new Gestures(pad, hand, tool, eyedropper);
new KeyboardDrawing(editor, pad, hand, tool, eyedropper, announce);
attachToolbar(workbench);
attachPalette(workbench, eyedropper);
attachSplitHandle(editor, pad);
attachStageNotes(workbench);
editor.addEventListener("failure", (event) => {
  notify(/** @type {CustomEvent} */ (event).detail.sentence);
});
editor.addEventListener("opened", () => {
  document.body.dataset.opened = editor.photo === null ? "picture" : "photo";
});
editor.addEventListener("closed", () => (document.body.dataset.opened = "no"));
attachPanels(workbench);
editor.loadBundles();
