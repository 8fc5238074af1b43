/** What the page and the server say to each other, and what the parts of the page share. */

export type Point = [x: number, y: number];
export type Colour = [red: number, green: number, blue: number];
export type Box = [x0: number, y0: number, x1: number, y1: number];
export type Size = { width_px: number; height_px: number };

export type Erasable = "colour" | "sketch" | "keep";
export type BrushName = Erasable | "patch" | "point" | "erase";

/** Constraints in photo coordinates, as in the Edit document (serve/latent/constraints). */
export type ColourStroke = { brush: "colour"; points: Point[]; colour: Colour; width_px: number; strength?: number };
export type SketchStroke = { brush: "sketch"; points: Point[]; width_px: number; strength?: number };
export type KeepStroke = { brush: "keep"; points: Point[]; width_px: number; strength?: number };
export type EraseStroke = { brush: "erase"; of: Erasable; points: Point[]; width_px: number };
export type PatchDrag = { brush: "patch"; outline: Point[]; move: Point; strength?: number };
export type PointDrag = { brush: "point"; handle: Point; target: Point; radius_px: number; strength?: number };
export type Picture = { brush: "colour_picture" | "sketch_picture"; png: string; box: Box; strength?: number };
export type DrawnStroke = ColourStroke | SketchStroke | KeepStroke | EraseStroke;
export type Constraint = DrawnStroke | PatchDrag | PointDrag | Picture;

export type DirectionAmount = { direction: number | string; amount: number };

export type Frame = {
  photo_width_px: number;
  photo_height_px: number;
  region: Box;
  network_size_px: number;
};

/** The session as one document; what this page does not read is carried along untouched. */
export type Edit = {
  version: number;
  bundle?: { name: string; digest: string };
  photo?: { sha256: string } & Size;
  frame?: Frame;
  seed?: number;
  constraints: Constraint[];
  picks?: object[];
  directions?: DirectionAmount[];
  settings?: Record<string, number | string>;
  history?: { strokes: Constraint[]; past: object[]; future: object[] };
  cache?: { z0: number[]; z: number[] };
};

export type BundleInfo = {
  name: string;
  digest: string;
  image_size_px: number;
  channels: number;
  category: string | null;
  has_projector: boolean;
  has_realism: boolean;
  can_say_foreign: boolean;
  directions: { number: number; name: string | null }[];
};

export type Sample = { name: string; title: string; category: string; author: string; licence: string; origin: string };
export type PhotoInfo = Size & { sha256: string; channels: number; format: string };
export type Photo = Size & { blob: Blob; name: string; sha256: string };

export type Carried = { change: "both" | "shape" | "colour"; amount: number };

/** Control messages: `kind`, the generation of the edit, and what that kind holds. */
export type Message = { kind: string; generation?: number; [key: string]: unknown };

export type Opened = {
  edit: Edit;
  frame: Frame;
  model_name: string;
  reconstruction: { loss: number; psnr_db: number; ssim: number } | null;
  foreign: string | null;
  canvas: Size;
};

export type Numbers = {
  frames_per_s: number;
  step_ms: number;
  moving: boolean;
  satisfaction: { index: number; kind: string; met?: number; error?: number; unit?: string; sentence: string }[];
  shown: "photo" | "model";
  preview_ms: number | null;
};

export type Rank = { rank: number; row: number; score: number; distinct: boolean };

export type FrameKind = "live" | "model" | "candidate" | "original" | "finished" | "shadow";
export type FrameHeader = Size & { kind: FrameKind; rank: number; generation: number; time_ms: number };
export type PictureFrame = FrameHeader & { bitmap: ImageBitmap };

export type Snapshot = { bundle: string; edit: Edit; photo: { blob: Blob; name: string } | null };

/** What every panel of the page is given. */
export type Workbench = {
  api: import("./api.js").Api;
  editor: import("./editor.js").Editor;
  tool: import("./tool.js").Tool;
  pad: import("./pad.js").Pad;
  shortcuts: import("./shortcuts.js").Shortcuts;
  announce: (sentence: string) => void;
  notify: (sentence: string, kind?: "error" | "info") => void;
};
