// @ts-check
/** Where the photo lies on the pad: screen = photo * scale + offset, in CSS pixels. */

/** @typedef {import("./types").Point} Point */
/** @typedef {import("./types").Size} Size */
/** @typedef {{scale: number, x: number, y: number}} View */

const MARGIN_PX = 16;
const LARGEST_SCALE = 64;
const SMALLEST_SHARE = 0.25;

/**
 * The whole photo, centred, as large as the pad allows.
 * @param {Size} photo
 * @param {Size} pad
 * @returns {View}
 */
export function fitted(photo, pad) {
  const room = { width_px: pad.width_px - 2 * MARGIN_PX, height_px: pad.height_px - 2 * MARGIN_PX };
  const scale = Math.max(
    Math.min(room.width_px / photo.width_px, room.height_px / photo.height_px),
    1e-6,
  );
  return {
    scale,
    x: (pad.width_px - photo.width_px * scale) / 2,
    y: (pad.height_px - photo.height_px * scale) / 2,
  };
}

/**
 * Larger or smaller about a point of the screen, which stays where it is. The photo never becomes
 * smaller than a quarter of how it fits.
 * @param {View} view
 * @param {number} factor
 * @param {Point} at
 * @param {View} fit
 * @returns {View}
 */
export function zoomed(view, factor, at, fit) {
  const least = Math.min(fit.scale * SMALLEST_SHARE, view.scale);
  const most = Math.max(LARGEST_SCALE, fit.scale, view.scale);
  const scale = Math.min(Math.max(view.scale * factor, least), most);
  const held = toPhoto(view, at);
  return { scale, x: at[0] - held[0] * scale, y: at[1] - held[1] * scale };
}

/**
 * Moved by so many CSS pixels, but never so far that less than the margin of the photo is left.
 * @param {View} view
 * @param {Point} by
 * @param {Size} photo
 * @param {Size} pad
 * @returns {View}
 */
export function panned(view, [dx, dy], photo, pad) {
  return {
    scale: view.scale,
    x: within(view.x + dx, photo.width_px * view.scale, pad.width_px),
    y: within(view.y + dy, photo.height_px * view.scale, pad.height_px),
  };
}

/**
 * @param {View} view
 * @param {Point} screen
 * @returns {Point}
 */
export function toPhoto(view, [x, y]) {
  return [(x - view.x) / view.scale, (y - view.y) / view.scale];
}

/**
 * @param {View} view
 * @param {Point} photo
 * @returns {Point}
 */
export function toScreen(view, [x, y]) {
  return [x * view.scale + view.x, y * view.scale + view.y];
}

/**
 * @param {number} place where the photo begins along one axis
 * @param {number} size_px of the photo on the pad
 * @param {number} room_px of the pad
 */
function within(place, size_px, room_px) {
  return Math.min(Math.max(place, MARGIN_PX - size_px), room_px - MARGIN_PX);
}
