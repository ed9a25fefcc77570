// A phone for tests: the tray as it is shipped, on a disk that can be full or die between any two steps. One command a
// line comes in, one answer a line goes out. Nothing here decides anything about slips: that is the code under test.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const source = readFileSync(process.argv[2], "utf8");
const { Tray, clock, next, toDecide, undecided, view, waits } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
const copy = (value) => JSON.parse(JSON.stringify(value));
const settle = () => new Promise((done) => setImmediate(done));

let disk, tray, now, count, outstanding, modes, dead;

class Disk {
  constructor() { this.head = null; this.round = null; this.slips = new Map(); this.files = new Map(); }
  async read() { return copy({ head: this.head, round: this.round, slips: [...this.slips.values()] }); }
  async write({ head, round, put = [], files = {}, drop = [] }) {
    if (dead) return new Promise(() => {});
    const mode = modes.shift() || "ok";
    if (mode === "full") throw new Error("full");
    if (mode === "before") { dead = true; return new Promise(() => {}); }
    if (head !== undefined) this.head = copy(head);
    if (round !== undefined) this.round = copy(round);
    for (const slip of put) this.slips.set(slip.id, copy(slip));
    for (const [id, file] of Object.entries(files)) this.files.set(id, file);
    for (const id of drop) this.files.delete(id);
    if (mode === "after") { dead = true; return new Promise(() => {}); }
  }
}

async function wake() {
  dead = false;
  outstanding = null;
  modes = [];
  tray = await new Tray(disk, { fresh: () => `00000000-0000-4000-8000-${String(++count).padStart(12, "0")}`, now: () => now }).open();
}

// Start something and say how it ended: done with a value, no room, or the phone went dead in it.
async function tried(work) {
  let found = { r: "dead" };
  work().then((value) => { found = { r: "ok", value: value ?? null }; }, () => { found = { r: "full" }; });
  await settle();
  if (dead) found = { r: "dead" };
  return found;
}

const said = () => ({ send: outstanding ? copy(outstanding.slip) : null, dead });
const commands = {
  async new({ at, stands, turns, until }) { disk = new Disk(); now = at; count = 0; await wake(); return commands.begin({ stands, turns, until }); },
  begin: ({ stands, turns, until }) => tried(() => tray.begin({ who: "x", until, offset: 0 }, { stands, turns: turns || {} })),
  add: (given) => { modes = given.disk || []; return tried(() => tray.add(given)); },
  attach: (given) => { modes = given.disk || []; return tried(() => tray.attach({ ...given, file: "bytes" })); },
  decide: ({ id, name, choice, disk: found }) => { modes = found || []; return tried(() => tray.decide(id, name, choice)); },
  answered: ({ id, answer, disk: found }) => { modes = found || []; return tried(() => tray.answered(id, answer)); },
  async pump({ disk: found }) {
    modes = found || [];
    if (!outstanding) tray.run((slip) => new Promise((done) => { outstanding = { slip, done }; })).catch(() => {});
    await settle();
    return said();
  },
  async reply({ answer, disk: found }) {
    modes = found || [];
    const { done } = outstanding;
    outstanding = null;
    done(answer);
    await settle();
    return said();
  },
  async kill() { await wake(); return {}; },
  clock: async ({ at }) => { now = at; return {}; },
  tick: async ({ house }) => tried(() => tray.tick(house ?? null)),
  async state() {
    const { slips, round } = tray, views = {};
    for (const [number, stands] of Object.entries(round?.stands || {})) views[number] = view(stands, slips, number, round.turns[number]);
    return { slips, views, files: [...disk.files.keys()], decide: toDecide(slips), next: next(slips), waiting: slips.filter(waits).length, undecided: slips.filter(undecided).length };
  },
  async reckon({ head, phone, house }) { return clock(head, phone, house ?? null); },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { op, ...given } = JSON.parse(line);
  if (dead && op !== "new") await wake();
  process.stdout.write(`${JSON.stringify(await commands[op](given))}\n`);
}
