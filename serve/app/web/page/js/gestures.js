// @ts-check
/** Mouse, pen and touch on the pad: draw, move the photo, zoom, change the width of the brush. */

import { Pinch } from "./pinch.js";
import { distance } from "./polyline.js";

/** @typedef {import("./types").Point} Point */
/** @typedef {{id: number, place: Point, timer: ReturnType<typeof setTimeout>}} Touch */

const TOUCH_SLACK_PX = 6;
const TOUCH_PATIENCE_MS = 120;
const WIDTH_STEP = 1.12;
const ZOOM_PER_PX = 0.01;

/** One finger draws and two move the photo; once a pen has been seen, all fingers move it. */
export class Gestures {
  /** @type {number | null} the pointer that draws */
  #drawing = null;
  /** @type {number | null} the pointer that moves the photo */
  #panning = null;
  /** @type {Touch | null} a finger that may yet be one of two */
  #touching = null;
  /** @type {Point} */
  #last = [0, 0];
  #penSeen = false;
  #spaceDown = false;
  #pinch;
  #pad;
  #hand;
  #tool;
  #eyedropper;

  /**
   * @param {import("./pad.js").Pad} pad
   * @param {import("./hand.js").Hand} hand
   * @param {import("./tool.js").Tool} tool
   * @param {import("./eyedropper.js").Eyedropper} eyedropper
   */
  constructor(pad, hand, tool, eyedropper) {
    this.#pad = pad;
    this.#hand = hand;
    this.#tool = tool;
    this.#eyedropper = eyedropper;
    this.#pinch = new Pinch(pad);
    const { canvas } = pad;
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#up(event));
    canvas.addEventListener("pointercancel", (event) => this.#up(event));
    canvas.addEventListener("pointerleave", () => this.#leave());
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    addEventListener("keydown", (event) => event.key === " " && (this.#spaceDown = true));
    addEventListener("keyup", (event) => event.key === " " && (this.#spaceDown = false));
    addEventListener("blur", () => (this.#spaceDown = false));
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const place = placeOf(event);
    this.#pad.canvas.setPointerCapture(event.pointerId);
    this.#penSeen ||= event.pointerType === "pen";
    if (event.pointerType === "touch") {
      this.#pinch.down(event.pointerId, place);
      if (this.#pinch.fingers > 1) return this.#stopDrawing();
      if (this.#penSeen) return this.#startPanning(event.pointerId, place);
      return this.#startTouching(event.pointerId, place);
    }
    if (event.button === 1 || this.#spaceDown) return this.#startPanning(event.pointerId, place);
    if (event.button !== 0) return;
    if (event.altKey) this.#eyedropper.take(this.#pad.toPhoto(place));
    else this.#startDrawing(event.pointerId, place, pressOf(event));
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const place = placeOf(event);
    if (event.pointerType === "touch" && this.#pinch.move(event.pointerId, place)) return;
    this.#pad.brushAt = event.pointerType === "touch" ? null : this.#pad.toPhoto(place);
    if (this.#touching?.id === event.pointerId) {
      if (distance(place, this.#touching.place) > TOUCH_SLACK_PX) this.#startAfterTouching();
    }
    if (this.#panning === event.pointerId) {
      this.#pad.panBy([place[0] - this.#last[0], place[1] - this.#last[1]]);
      this.#last = place;
    }
    if (this.#drawing === event.pointerId) {
      const passed = event.getCoalescedEvents?.() ?? [];
      for (const one of passed.length > 0 ? passed : [event]) {
        this.#hand.moveTo(this.#pad.toPhoto(placeOf(one)), pressOf(one));
      }
    }
    this.#pad.repaint();
  }

  /** @param {PointerEvent} event */
  #up(event) {
    this.#pinch.up(event.pointerId);
    if (this.#touching?.id === event.pointerId) this.#startAfterTouching();
    if (this.#drawing === event.pointerId) this.#stopDrawing();
    if (this.#panning === event.pointerId) this.#panning = null;
    this.#pad.repaint();
  }

  #leave() {
    if (this.#hand.down) return;
    this.#pad.brushAt = null;
    this.#pad.repaint();
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      this.#pad.zoomBy(Math.exp(-event.deltaY * ZOOM_PER_PX), placeOf(event));
    } else if (event.deltaY !== 0) {
      this.#tool.width_px *= event.deltaY < 0 ? WIDTH_STEP : 1 / WIDTH_STEP;
    }
  }

  /**
   * @param {number} id
   * @param {Point} place
   * @param {number} [press]
   */
  #startDrawing(id, place, press) {
    const point = this.#pad.toPhoto(place);
    if (this.#eyedropper.held) return this.#eyedropper.take(point);
    if (this.#hand.down) this.#hand.lift();
    this.#drawing = id;
    this.#hand.lower(point, 1 / this.#pad.scale, press);
    this.#pad.repaint();
  }

  #stopDrawing() {
    clearTimeout(this.#touching?.timer);
    this.#touching = this.#drawing = this.#panning = null;
    if (this.#hand.down) this.#hand.lift();
  }

  /**
   * @param {number} id
   * @param {Point} place
   */
  #startPanning(id, place) {
    this.#panning = id;
    this.#last = place;
  }

  /**
   * Wait a moment for a second finger before anything is drawn.
   * @param {number} id
   * @param {Point} place
   */
  #startTouching(id, place) {
    const timer = setTimeout(() => this.#startAfterTouching(), TOUCH_PATIENCE_MS);
    this.#touching = { id, place, timer };
  }

  #startAfterTouching() {
    if (this.#touching === null) return;
    const { id, place, timer } = this.#touching;
    clearTimeout(timer);
    this.#touching = null;
    this.#startDrawing(id, place);
  }
}

/**
 * In CSS pixels of the pad.
 * @param {MouseEvent} event
 * @returns {Point}
 */
function placeOf(event) {
  const { left, top } = /** @type {Element} */ (event.target).getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
}

/**
 * How hard a pen presses, 1 being as always: a pen that feels nothing says 0.5, and so does a mouse.
 * @param {PointerEvent} event
 */
function pressOf({ pointerType, pressure }) {
  return pointerType === "pen" ? 2 * pressure : 1;
}
