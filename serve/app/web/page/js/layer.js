// @ts-check
/** Canvases that are painted on beside the page. */

/**
 * The context of a new canvas, in its own pixels.
 * @param {number} width
 * @param {number} height
 * @returns {CanvasRenderingContext2D}
 */
export function newLayer(width, height) {
  return contextOf(Object.assign(document.createElement("canvas"), { width, height }));
}

/** @param {HTMLCanvasElement} canvas */
export function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser draws on no canvas");
  return context;
}
