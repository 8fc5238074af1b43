// @ts-check
/** Strokes as polylines with no more points than can be told apart. */

/** @typedef {import("./types").Point} Point */

/**
 * The corners that matter (Ramer 1972, Douglas and Peucker 1973): no point of the given line lies
 * further than the tolerance from what is left.
 * @param {Point[]} points
 * @param {number} tolerance_px
 * @returns {Point[]}
 */
export function simplified(points, tolerance_px) {
  if (points.length < 3) return points.slice();
  const kept = new Set([0, points.length - 1]);
  /** @type {[number, number][]} */
  const spans = [[0, points.length - 1]];
  for (let span = spans.pop(); span; span = spans.pop()) {
    const [first, last] = span;
    const { index, distance_px } = furthest(points, first, last);
    if (distance_px <= tolerance_px) continue;
    kept.add(index);
    spans.push([first, index], [index, last]);
  }
  return points.filter((_, index) => kept.has(index));
}

/**
 * Coordinates to a hundredth of a pixel, as they are sent.
 * @param {Point} point
 * @returns {Point}
 */
export function rounded([x, y]) {
  return [Math.round(x * 100) / 100, Math.round(y * 100) / 100];
}

/**
 * @param {Point} a
 * @param {Point} b
 */
export function distance(a, b) {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

/**
 * @param {Point[]} points
 * @param {number} first
 * @param {number} last
 */
function furthest(points, first, last) {
  let index = first;
  let distance_px = 0;
  for (let middle = first + 1; middle < last; middle++) {
    const away = distanceToSegment(points[middle], points[first], points[last]);
    if (away > distance_px) [index, distance_px] = [middle, away];
  }
  return { index, distance_px };
}

/**
 * @param {Point} point
 * @param {Point} from
 * @param {Point} to
 */
function distanceToSegment(point, from, to) {
  const along = [to[0] - from[0], to[1] - from[1]];
  const length2 = along[0] ** 2 + along[1] ** 2;
  if (length2 === 0) return distance(point, from);
  const share = ((point[0] - from[0]) * along[0] + (point[1] - from[1]) * along[1]) / length2;
  const within = Math.min(Math.max(share, 0), 1);
  return distance(point, [from[0] + within * along[0], from[1] + within * along[1]]);
}
