// @ts-check
/** The drawing pad: the photo being edited, with strokes over it, zoomed and moved at will. */

import { brushWidth } from "./brushes/brushes.js";
import { contextOf, newLayer } from "./layer.js";
import { paintMovedPatch, paintPictures, paintRegion } from "./pictures_painting.js";
import { paintStrokes, paintTwice } from "./strokes_painting.js";
import { fitted, panned, toPhoto, toScreen, zoomed } from "./view_transform.js";

/** @typedef {import("./pictures_painting.js").Scene} Scene */
/** @typedef {import("./types").Point} Point */
/** @typedef {import("./types").Size} Size */

/** Tells "change" when what is shown or how changes, and "view" when the photo moves on the pad. */
export class Pad extends EventTarget {
  canvas;
  /** @type {Point | null} where the brush is, in photo coordinates */
  brushAt = null;

  #context;
  #editor;
  #tool;
  #hand;
  #size = /** @type {Size} */ ({ width_px: 1, height_px: 1 });
  #view = { scale: 1, x: 0, y: 0 };
  #fits = true;
  #strokesShown = true;
  #before = false;
  #split = false;
  #splitShare = 0.5;
  #overlay = newLayer(1, 1);
  #scratch = newLayer(1, 1);
  #overlayStale = true;
  #frameAsked = false;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("./editor.js").Editor} editor
   * @param {import("./tool.js").Tool} tool
   * @param {import("./hand.js").Hand} hand
   */
  constructor(canvas, editor, tool, hand) {
    super();
    this.canvas = canvas;
    this.#context = contextOf(canvas);
    this.#editor = editor;
    this.#tool = tool;
    this.#hand = hand;
    new ResizeObserver(() => this.#resized()).observe(canvas);
    editor.addEventListener("opened", () => this.#opened());
    editor.addEventListener("closed", () => this.repaint());
    editor.addEventListener("strokes", () => this.#strokesChanged());
    editor.addEventListener("frame", () => this.repaint());
    tool.addEventListener("change", () => this.repaint());
  }

  get strokesShown() {
    return this.#strokesShown;
  }
  set strokesShown(shown) {
    this.#strokesShown = shown;
    this.#changed();
  }

  /** Whether the original alone is shown. */
  get before() {
    return this.#before;
  }
  set before(before) {
    this.#before = before && this.hasOriginal;
    this.#changed();
  }

  /** Whether the original is shown beside the edit. */
  get split() {
    return this.#split && this.hasOriginal;
  }
  set split(split) {
    this.#split = split;
    this.#changed();
  }

  /** Where the two meet, as a share of the photo's width. */
  get splitShare() {
    return this.#splitShare;
  }
  set splitShare(share) {
    this.#splitShare = Math.min(Math.max(share, 0), 1);
    this.#changed();
  }

  get hasOriginal() {
    return this.#editor.showing.pictureOf("original") !== null;
  }

  /** CSS pixels for each pixel of the photo. */
  get scale() {
    return this.#view.scale;
  }

  /** Show the whole photo. */
  fit() {
    this.#fits = true;
    if (this.#editor.canvas) this.#view = fitted(this.#editor.canvas, this.#size);
    this.#moved();
  }

  /**
   * @param {number} factor
   * @param {Point} at in CSS pixels of the pad
   */
  zoomBy(factor, at = [this.#size.width_px / 2, this.#size.height_px / 2]) {
    if (this.#editor.canvas === null) return;
    this.#fits = false;
    this.#view = zoomed(this.#view, factor, at, fitted(this.#editor.canvas, this.#size));
    this.#moved();
  }

  /** @param {Point} by in CSS pixels */
  panBy(by) {
    if (this.#editor.canvas === null) return;
    this.#fits = false;
    this.#view = panned(this.#view, by, this.#editor.canvas, this.#size);
    this.#moved();
  }

  /**
   * A place of the pad, in CSS pixels, in the photo.
   * @param {Point} place
   */
  toPhoto(place) {
    return toPhoto(this.#view, place);
  }

  /** @param {Point} point */
  toScreen(point) {
    return toScreen(this.#view, point);
  }

  /**
   * The colour that is shown at a point of the photo, of what is on the pad without strokes.
   * @param {Point} point
   * @returns {import("./types").Colour}
   */
  colourAt(point) {
    const scene = this.#scene();
    if (scene === null) return [255, 255, 255];
    const probe = newLayer(3, 3);
    const [x, y] = this.toScreen(point);
    const view = { ...this.#view, x: this.#view.x - x + 1.5, y: this.#view.y - y + 1.5 };
    paintPictures(probe, { ...scene, view });
    const levels = probe.getImageData(0, 0, 3, 3).data;
    const mean = (/** @type {number} */ channel) => {
      let sum = 0;
      for (let index = channel; index < levels.length; index += 4) sum += levels[index];
      return Math.round(sum / 9);
    };
    return [mean(0), mean(1), mean(2)];
  }

  /** Paint at the next frame of the screen. */
  repaint() {
    if (this.#frameAsked) return;
    this.#frameAsked = true;
    requestAnimationFrame(() => {
      this.#hand.tell();
      this.#frameAsked = false;
      this.#paint();
    });
  }

  #opened() {
    if (this.#editor.canvas) this.#tool.fitTo(this.#editor.canvas);
    this.brushAt = null;
    this.fit();
  }

  #resized() {
    const { clientWidth, clientHeight } = this.canvas;
    this.#size = { width_px: Math.max(clientWidth, 1), height_px: Math.max(clientHeight, 1) };
    this.canvas.width = Math.round(this.#size.width_px * devicePixelRatio);
    this.canvas.height = Math.round(this.#size.height_px * devicePixelRatio);
    this.#overlay = newLayer(this.canvas.width, this.canvas.height);
    this.#scratch = newLayer(this.canvas.width, this.canvas.height);
    if (this.#fits) this.fit();
    else this.panBy([0, 0]);
  }

  #moved() {
    this.#strokesChanged();
    this.dispatchEvent(new Event("view"));
  }

  #strokesChanged() {
    this.#overlayStale = true;
    this.repaint();
  }

  #changed() {
    this.repaint();
    this.dispatchEvent(new Event("change"));
  }

  /** @returns {Scene | null} */
  #scene() {
    const { canvas, frame, showing } = this.#editor;
    if (canvas === null) return null;
    return {
      view: this.#view,
      canvas,
      region: frame?.region ?? null,
      picture: showing.picture,
      original: showing.pictureOf("original"),
      before: this.#before,
      split: this.split ? this.#splitShare * canvas.width_px : null,
    };
  }

  #paint() {
    const context = this.#context;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.#size.width_px, this.#size.height_px);
    const scene = this.#scene();
    if (scene === null) return;
    paintPictures(context, scene);
    if (scene.before) return;
    const drawing = this.#hand.constraint;
    if (drawing?.brush === "patch") paintMovedPatch(context, scene, drawing);
    if (this.#strokesShown) {
      paintRegion(context, scene);
      this.#paintOverlay();
    } else if (drawing !== null) {
      paintStrokes(context, [drawing], this.#view, this.#scratch);
    }
    this.#paintBrush();
  }

  #paintOverlay() {
    if (this.#overlayStale) {
      const above = this.#overlay;
      above.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
      above.clearRect(0, 0, this.#size.width_px, this.#size.height_px);
      paintStrokes(above, this.#editor.strokes, this.#view, this.#scratch);
      this.#overlayStale = false;
    }
    this.#context.drawImage(this.#overlay.canvas, 0, 0, this.#size.width_px, this.#size.height_px);
  }

  #paintBrush() {
    if (this.brushAt === null) return;
    const [x, y] = this.toScreen(this.brushAt);
    const size = Math.max(brushWidth(this.#tool) * this.scale, 3);
    paintTwice(this.#context, () => {
      this.#context.beginPath();
      if (this.#tool.brush === "patch") this.#context.rect(x - size / 2, y - size / 2, size, size);
      else this.#context.arc(x, y, size / 2, 0, 2 * Math.PI);
    });
  }
}
