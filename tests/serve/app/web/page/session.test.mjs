import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { load } from "./page.mjs";

const sockets = [];

class FakeSocket {
  static OPEN = 1;
  readyState = 0;
  bufferedAmount = 0;
  sent = [];

  constructor(address, protocols) {
    Object.assign(this, { address, protocols });
    sockets.push(this);
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  accept() {
    this.readyState = 1;
    this.onopen();
  }
  tell(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }
  drop(code = 1006) {
    this.readyState = 3;
    this.onclose({ code });
  }
  close() {
    this.drop(1000);
  }
}

globalThis.WebSocket = FakeSocket;
const { delayMs } = await load("connection.js");
const { Session } = await load("session.js");
const dot = (x) => ({ brush: "keep", points: [[x, 0]], width_px: 2 });
const empty = { version: 1, constraints: [] };

/** A session with a bundle open, and its socket. */
function opened() {
  const session = new Session("ws://here", ["igan.v1"]);
  session.open({ bundle: "shoes", photo: "abc", start: "photo" });
  const socket = sockets.at(-1);
  socket.accept();
  socket.tell({ kind: "opened", generation: socket.sent[0].generation, edit: empty });
  return { session, socket };
}

beforeEach(() => {
  sockets.length = 0;
  mock.timers.reset();
  mock.timers.enable(["setTimeout"]);
});

test("it says what to open once it is connected, and what is drawn once that is open", () => {
  const session = new Session("ws://here", ["igan.v1"]);
  session.open({ bundle: "shoes", start: "random", seed: 7 });
  const [socket] = sockets;
  socket.accept();
  session.change({ kind: "draw", constraint: dot(1) });
  assert.deepEqual(socket.sent.map(({ kind }) => kind), ["open"]);
  assert.equal(socket.sent[0].seed, 7);
  socket.tell({ kind: "opened", generation: socket.sent[0].generation, edit: empty });
  assert.deepEqual(socket.sent.map(({ kind }) => kind), ["open", "draw"]);
  assert.ok(socket.sent[1].generation > socket.sent[0].generation);
});

test("after a lost connection the edit opens as it stood, and the rest is drawn again", () => {
  const { session, socket } = opened();
  session.wish({ kind: "candidates", on: true });
  session.change({ kind: "draw", constraint: dot(1) });
  const told = { ...empty, constraints: [dot(1)], cache: { z0: [0], z: [1] } };
  socket.tell({ kind: "state", generation: session.generation, edit: told });
  session.change({ kind: "draw", constraint: dot(2) });
  socket.drop();
  session.change({ kind: "draw", constraint: dot(3) });
  assert.equal(session.connection, "lost");
  mock.timers.tick(1000);
  const again = sockets[1];
  again.accept();
  assert.deepEqual(again.sent[0].edit, told);
  assert.equal(again.sent[0].photo, "abc");
  assert.equal(again.sent[0].start, undefined);
  again.tell({ kind: "opened", generation: again.sent[0].generation, edit: told });
  const repeated = again.sent.slice(1).map(({ kind, constraint }) => constraint ?? kind);
  assert.deepEqual(repeated, [dot(2), dot(3), "candidates"]);
  assert.deepEqual(session.strokes, [dot(1), dot(2), dot(3)]);
});

test("what is told of an edit that was left is not taken for the one being opened", () => {
  const { session, socket } = opened();
  const first = socket.sent[0].generation;
  session.open({ bundle: "shoes", start: "empty" });
  const heard = [];
  session.addEventListener("message", ({ detail }) => heard.push(detail.kind));
  socket.tell({ kind: "opened", generation: first, edit: { ...empty, constraints: [dot(9)] } });
  socket.tell({ kind: "state", generation: first, edit: { ...empty, constraints: [dot(9)] } });
  assert.deepEqual(heard, []);
  assert.deepEqual(session.strokes, []);
});

test("a server that is full is asked again when it said to", () => {
  const session = new Session("ws://here", ["igan.v1"]);
  session.open({ bundle: "shoes", start: "random" });
  const [socket] = sockets;
  socket.accept();
  socket.tell({ kind: "busy", sentence: "full", retry_after_s: 10 });
  socket.drop(1013);
  mock.timers.tick(9000);
  assert.equal(sockets.length, 1);
  mock.timers.tick(1500);
  assert.equal(sockets.length, 2);
});

test("after a refusal that will not change it does not try again", () => {
  const { session, socket } = opened();
  socket.drop(1008);
  mock.timers.tick(60_000);
  assert.equal(sockets.length, 1);
  assert.equal(session.connection, "lost");
});

test("attempts become rarer, up to eight seconds, and never all at once", () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 20].map((attempt) => delayMs(attempt, 0));
  assert.deepEqual(delays, [250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
  assert.equal(delayMs(5, 1), 6000);
});
