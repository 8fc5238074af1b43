// @ts-check
/** Binary messages of the server: a header of 16 bytes, little-endian, and a picture file. */

/** @typedef {import("./types").FrameHeader} FrameHeader */
/** @typedef {import("./types").FrameKind} FrameKind */

const HEADER_BYTES = 16;
const VERSION = 1;
/** @type {FrameKind[]} */
const KINDS = ["live", "model", "candidate", "original", "finished", "shadow"];

/**
 * @param {ArrayBuffer} buffer
 * @returns {{header: FrameHeader, file: Blob} | null} null for what this page does not know
 */
export function readFrame(buffer) {
  if (buffer.byteLength <= HEADER_BYTES) return null;
  const bytes = new DataView(buffer);
  const kind = KINDS[bytes.getUint8(0) - 1];
  if (kind === undefined || bytes.getUint8(1) !== VERSION) return null;
  const header = {
    kind,
    rank: bytes.getUint16(2, true),
    generation: bytes.getUint32(4, true),
    time_ms: bytes.getUint32(8, true),
    width_px: bytes.getUint16(12, true),
    height_px: bytes.getUint16(14, true),
  };
  return { header, file: new Blob([new Uint8Array(buffer, HEADER_BYTES)]) };
}
