// @ts-check
/** Everything on the page but the pad and its brushes. */

import { attachActions } from "./actions.js";
import { attachCandidates } from "./candidates.js";
import { attachCarry } from "./carry.js";
import { attachDirections } from "./directions.js";
import { attachDropping } from "./dropping.js";
import { Example } from "./example.js";
import { attachHelp } from "./help.js";
import { Intake } from "./intake.js";
import { Keeping } from "./keeping.js";
import { attachModel } from "./model.js";
import { attachNumbers } from "./numbers.js";
import { attachOpening } from "./opening.js";
import { attachPath } from "./path.js";
import { attachSaving } from "./saving.js";
import { attachSettings } from "./settings.js";
import { attachTransform } from "./transform.js";

/** @param {import("../types").Workbench} workbench */
export function attachPanels(workbench) {
  const { editor } = workbench;
  attachActions(workbench, attachSaving(workbench));
  attachCandidates(workbench);
  attachCarry(workbench);
  attachDirections(workbench);
  attachTransform(workbench);
  attachNumbers(workbench);
  attachPath(workbench);
  attachSettings(workbench);
  attachHelp(workbench);

  const example = new Example(editor);
  const bundle = attachModel(workbench, example, () => opening.show());
  const intake = new Intake(workbench, bundle);
  const keeping = new Keeping(workbench, example);
  const opening = attachOpening(workbench, { intake, keeping, example, bundle });
  attachDropping(workbench, intake);
  editor.addEventListener("bundles", () => opening.begin(), { once: true });
}
