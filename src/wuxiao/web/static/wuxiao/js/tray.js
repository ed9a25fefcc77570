// The phone tray: what stands in it, what goes next, what an answer means. It knows no page, no database and no network:
// they are given to it, so the tests run this very file under thousands of made-up networks, kills and full phones.
//
// A slip goes: kept (on this phone) -> sent (it left, no answer yet) -> taken | same | part | both | refused. What waits
// for a person (part, both) becomes decided by her. Nothing is said to be kept before the disk has it, and no answer is
// believed before the disk has it: whoever is killed in between asks again with the same id and hears the same.
const STEP = 30_000;
const FINAL = ["taken", "same", "part", "both", "refused"];
export const waits = (slip) => slip.state === "kept" || slip.state === "sent";
export const undecided = (slip) => (slip.state === "part" || slip.state === "both") && (slip.answer.both || []).some((b) => !b.choice);
const taken = (slip) => ["taken", "same", "part"].includes(slip.state);

// What the fields of a case hold as its inspector knows it: what was taken along, under what she has filled in since.
// `turn` is that of the case when the round was taken along (anew): what came of a slip by then stands in it already.
export function view(stands, slips, number, turn = 0) {
  const found = { ...stands };
  for (const slip of slips) {
    if (slip.case !== number || slip.of || slip.state === "refused" || slip.state === "dropped") continue;
    if (!waits(slip) && !undecided(slip) && (slip.answer.turn ?? 0) <= turn) continue;
    const both = new Map((slip.answer?.both || []).map((b) => [b.name, b]));
    // Once decided, the other's value stands; "mine" is said by the slip that was made for it, which comes later here.
    const lost = slip.whole && [...both.values()].some((b) => b.choice);
    for (const [name, field] of Object.entries(slip.fields)) {
      if (!(name in stands)) continue;
      const b = both.get(name);
      if (b?.choice) found[name] = b.theirs;
      else if (field.now !== undefined && field.was !== undefined && !lost) found[name] = field.now;
    }
  }
  return found;
}

// The slip that goes next, or null: text before pictures, of one case in the order in which it was filled in; what is
// taken whole waits until a person has decided what stands before it. `skip` are cases the house could not take now.
export function next(slips, skip = new Set()) {
  const shut = new Set(skip), open = new Set();
  for (const slip of slips) {
    if (slip.of || shut.has(slip.case)) continue;
    if (waits(slip)) {
      if (!(slip.whole && open.has(slip.case))) return slip;
      shut.add(slip.case);
    } else if (undecided(slip)) {
      open.add(slip.case);
      if (slip.whole) shut.add(slip.case);
    }
  }
  const byId = new Map(slips.map((slip) => [slip.id, slip]));
  return slips.find((slip) => slip.of && waits(slip) && !skip.has(slip.case) && byId.has(slip.of) && taken(byId.get(slip.of))) || null;
}

// The field that waits for a person, both values with it: of several slips that filled in the same field the last speaks.
export function toDecide(slips) {
  const last = new Map();
  for (const slip of slips) {
    if (!undecided(slip)) continue;
    for (const b of slip.answer.both) if (!b.choice) last.set(slip.whole ? slip.id : `${slip.case} ${b.name}`, { slip, both: slip.whole ? slip.answer.both : [b] });
  }
  return [...last.values()];
}

// Whether what was taken along may still be used. The clock of a phone may be set: what it showed before is remembered,
// so that setting it back opens nothing; that it jumped ahead locks, and only the house's own clock says that it is over.
export function clock(head, phone, house = null) {
  if (!head) return { head, offset: 0, now: phone, locked: false, over: false };
  const offset = house === null ? head.offset : house - phone;
  const now = house === null ? Math.max(phone + head.offset, head.high) : house;
  const high = house === null ? now : house;
  return { head: { ...head, offset, high }, offset, now, locked: now >= head.until, over: house !== null && house >= head.until };
}

export class Tray {
  // disk: read() -> {head, round, slips}, write({head, round, put, files, drop}) all or nothing; fresh() -> an id; now() -> ms.
  constructor(disk, { fresh, now }) {
    this.disk = disk; this.fresh = fresh; this.now = now;
    this.head = null; this.round = null; this.slips = []; this.held = new Map(); this.busy = Promise.resolve(); this.running = null;
  }

  async open() {
    const kept = await this.disk.read();
    this.head = kept.head;
    this.round = kept.round || null;
    this.slips = kept.slips.sort((a, b) => a.n - b.n);
    return this;
  }

  // One change after another: none is made from what another is just changing.
  one(work) {
    const done = this.busy.then(work);
    this.busy = done.catch(() => {});
    return done;
  }

  async write(change) {
    await this.disk.write(change);
    if (change.head !== undefined) this.head = change.head;
    if (change.round !== undefined) this.round = change.round;
    const put = new Map((change.put || []).map((slip) => [slip.id, slip]));
    this.slips = this.slips.map((slip) => put.get(slip.id) || slip);
    for (const slip of put.values()) if (!this.slips.includes(slip)) this.slips.push(slip);
  }

  slip(id) { return this.slips.find((slip) => slip.id === id); }

  made(rest, ahead = 0) {
    const n = this.slips.reduce((most, slip) => Math.max(most, slip.n), 0) + 1 + ahead;
    return { id: this.fresh(), n, state: "kept", answer: null, made: this.now(), offset: this.head?.offset || 0, ...rest };
  }

  // Keep what was filled in: it is kept when this returns, and not at all when it throws (no room on the phone).
  add({ number, verb, fields, whole = false }) {
    return this.one(async () => {
      const slip = this.made({ case: number, verb, fields, whole });
      await this.write({ put: [slip] });
      return slip;
    });
  }

  // Keep a picture that belongs to a slip; its text is on the disk already and stays there if the picture finds no room.
  attach({ of, verb, what = "", sha256, file }) {
    return this.one(async () => {
      // The text may have been answered while the picture was still being drawn: it goes with what became of the text.
      let text = this.slip(of);
      while (text.then) text = this.slip(text.then);
      const slip = this.made({ case: text.case, verb, of: text.id, sha256, whole: false, fields: what ? { what: { now: what } } : {} });
      if (text.state === "refused") Object.assign(slip, { state: "refused", answer: { verdict: "refused", of: true } });
      else if (text.state === "both" && !undecided(text)) slip.state = "dropped";
      await this.write({ put: [slip], files: { [slip.id]: file } });
      return slip;
    });
  }

  // What the house answered. A second copy of an answer, or one that comes after a person decided, changes nothing.
  answered(id, answer) {
    return this.one(async () => {
      const slip = this.slip(id);
      if (!slip || !waits(slip) || !FINAL.includes(answer.verdict)) return;
      const done = { ...slip, state: answer.verdict, answer: { ...answer, both: (answer.both || []).map((b) => ({ ...b })) } };
      const put = [done];
      if (answer.verdict === "refused" && !slip.of) for (const one of this.slips) if (one.of === id && waits(one)) put.push({ ...one, state: "refused", answer: { verdict: "refused", of: true } });
      await this.write({ put, drop: slip.of && taken(done) ? [id] : [] });
    });
  }

  // A person saw both values and chose. For "mine" a new slip goes that was filled in over what stands there now.
  decide(id, name, choice) {
    return this.one(async () => {
      const slip = this.slip(id);
      if (!slip || !undecided(slip)) return null;
      const chosen = slip.answer.both.filter((b) => !b.choice && (slip.whole || b.name === name));
      if (!chosen.length) return null;
      const names = new Set(chosen.map((b) => b.name)), put = [];
      const settled = (one, how) => ({ ...one, answer: { ...one.answer, both: one.answer.both.map((b) => (names.has(b.name) && !b.choice ? { ...b, choice: how } : b)) } });
      // The same field filled in earlier on this phone is what she herself changed since.
      if (!slip.whole) for (const one of this.slips) if (one !== slip && one.case === slip.case && !one.whole && undecided(one)) put.push(settled(one, "later"));
      const done = settled(slip, choice);
      put.push(done);
      let made = null;
      if (choice === "mine") {
        const theirs = new Map(chosen.map((b) => [b.name, b.theirs]));
        const fields = {};
        for (const [key, field] of Object.entries(slip.fields)) {
          if (!slip.whole && !names.has(key)) continue;
          fields[key] = theirs.has(key) ? { ...field, was: theirs.get(key) } : field;
        }
        made = this.made({ case: slip.case, verb: slip.verb, fields, whole: slip.whole });
        if (slip.whole) done.then = made.id;
        put.push(made);
      }
      for (const one of this.slips) if (slip.whole && one.of === id && waits(one)) put.push(made ? { ...one, of: made.id } : { ...one, state: "dropped" });
      await this.write({ put });
      return made;
    });
  }

  // Take a round along, or take it anew: what was filled in stays.
  begin(head, round) { return this.one(() => this.write({ round, head: { high: 0, ...head } })); }

  // That somebody else is signed in on this phone is kept on the disk: without network nobody can ask again who it is,
  // and nothing is shown or filled in until the house has said that it is the owner. What was filled in stays.
  lock(other) {
    return this.one(async () => {
      if (!this.head || Boolean(this.head.other) === other) return;
      const head = { ...this.head, other };
      // Locked in this page at once, whatever the disk says; opened only when the disk has it.
      if (other) this.head = head;
      await this.write({ head });
    });
  }

  tick(house = null) {
    return this.one(async () => {
      const found = clock(this.head, this.now(), house);
      const moved = this.head && (Math.abs(found.head.high - this.head.high) >= STEP || Math.abs(found.head.offset - this.head.offset) >= STEP);
      if (moved) await this.write({ head: found.head });
      return found;
    });
  }

  // Send what waits until nothing goes any more. send(slip) -> an answer, or {trouble: "network" | "house"}.
  run(send) {
    this.running ??= this.go(send).finally(() => { this.running = null; });
    return this.running;
  }

  async go(send) {
    const skip = new Set();
    for (let slip = next(this.slips, skip); slip; slip = next(this.slips, skip)) {
      const { id } = slip;
      if (slip.state === "kept") await this.one(async () => { if (this.slip(id).state === "kept") await this.write({ put: [{ ...this.slip(id), state: "sent" }] }); });
      const answer = await send(this.slip(id));
      if (answer.trouble === "network") return;
      // Why the house cannot take it yet is said until it is asked again; it is no answer, so the disk does not know it.
      if (answer.verdict === "wait" && answer.text) this.held.set(id, answer.text); else this.held.delete(id);
      if (answer.trouble || !FINAL.includes(answer.verdict)) skip.add(slip.case);
      else await this.answered(id, answer);
    }
  }
}
