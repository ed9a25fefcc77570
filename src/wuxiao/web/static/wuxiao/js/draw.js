// Recomputes a drawn round from its two published files, in the reader's browser; it asks nobody but this page's house.
// The same rule as subjects/inspection/draw.py and seed.py, written anew: a lot is SHA-256 of seed, digest, "place" and
// code; the seed is SHA-256 of the house's share, whose hash was published first, and of the public figure that came later.

const hex = (bytes) => [...new Uint8Array(bytes)].map((one) => one.toString(16).padStart(2, "0")).join("");
const sha256 = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));
const ofText = (text) => sha256(new TextEncoder().encode(text));

/** The order of the house is that of code points; the default order of JavaScript is that of UTF-16 units. */
const before = (a, b) => {
  const [one, other] = [a, b].map((text) => [...text].map((sign) => sign.codePointAt(0)));
  for (let n = 0; n < Math.min(one.length, other.length); n += 1) if (one[n] !== other[n]) return one[n] - other[n];
  return one.length - other.length;
};

/** The text that the commitment is of: what holds beside the lists, then how many are drawn and who goes apart, sorted. */
const sealed = (round) => {
  const lines = Object.entries(round.strata).map(([kind, count]) => `draw\t${kind}\t${count}`);
  lines.push(...round.apart.map((code) => `apart\t${code}`));
  const head = round.share_hash
    ? [
        "wuxiao draw 2",
        `digest\t${round.digest}`,
        `share\t${round.share_hash}`,
        `figure\t${round.figure}\t${round.source}`,
        `opens\t${round.opens}`,
        `closes\t${round.closes}`,
        `told\t${round.told}`,
      ]
    : [round.digest];
  return [...head, ...lines.sort(before)].map((line) => `${line}\n`).join("");
};

const seedOf = (share, result) => ofText(`wuxiao seed\n${share}\n${result}\n`);

/** A figure as the seed is made of it, from what the reader typed: groups of numbers, or a text; empty for none such. */
const figureOf = (typed, groups) => {
  const plain = typed.normalize("NFKC").trim();
  if (!groups.length) return plain.split(/\s+/).join(" ");
  const numbers = plain.split(/[^0-9]+/).filter(Boolean).map(Number);
  if (numbers.length !== groups.reduce((sum, [count]) => sum + count, 0)) return "";
  const parts = groups.map(([count, highest]) => {
    const part = numbers.splice(0, count).sort((a, b) => a - b);
    const good = new Set(part).size === count && part[0] >= 1 && part[count - 1] <= highest;
    return good ? part.map((one) => String(one).padStart(2, "0")).join(" ") : "";
  });
  return parts.every(Boolean) ? parts.join(" + ") : "";
};

/** The places a seed draws of a list, kind by kind in the order of their lots. */
const drawn = async (text, round) => {
  const apart = new Set(round.apart);
  const places = text.split("\n").map((line) => line.split("\t")).filter((cells) => cells[0] === "place");
  const found = [];
  for (const kind of Object.keys(round.strata).sort(before)) {
    const free = places.filter(([, code, of, excluded]) => of === kind && !excluded && !apart.has(code));
    const lots = await Promise.all(
      free.map(async ([, code]) => [await ofText(`${round.seed}\n${round.digest}\nplace\n${code}\n`), code]),
    );
    lots.sort(([one], [other]) => (one < other ? -1 : 1));
    found.push(...lots.slice(0, round.strata[kind]).map(([, code]) => code));
  }
  return found;
};

/** What a reader is told: the name of the sentence in the page's data, and the places that came out. */
const judged = async (bytes, roundText, page, typed) => {
  let round, text;
  try {
    round = JSON.parse(roundText);
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!Array.isArray(round.apart) || !Array.isArray(round.drawn) || typeof round.strata !== "object") throw new Error();
  } catch {
    return ["noRead", []];
  }
  if ((await sha256(bytes)) !== round.digest) return ["noList", []];
  const commitment = await ofText(sealed(round));
  if (commitment !== page.commitment || round.commitment !== page.commitment || round.seed !== page.seed) {
    return ["noSeal", []];
  }
  if (!round.share_hash) {
    const places = await drawn(text, round);
    return [places.join() === round.drawn.join() ? "fits" : "noPlaces", places];
  }
  if ((await ofText(round.share)) !== round.share_hash) return ["noShare", []];
  const own = typed.trim() ? figureOf(typed, page.groups) : round.result;
  if (!own) return [typed.trim() ? "noFigure" : "needFigure", []];
  if (round.result && own !== round.result) return ["otherFigure", []];
  const seed = await seedOf(round.share, own);
  if (round.seed && seed !== round.seed) return ["noSeed", []];
  const places = await drawn(text, { ...round, seed });
  if (!round.seed) return ["wouldDraw", places];
  return [places.join() === round.drawn.join() ? "fits" : "noPlaces", places];
};

const bytesOf = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const joined = (...parts) => new Uint8Array(parts.flatMap((part) => [...part]));

/** The root that a proof leads to (RFC 9162, 2.1.3.2); empty for none. */
const rootOf = async (seal, leaf, size, path) => {
  let [node, place, last] = [await sha256(joined([0], bytesOf(seal))), leaf, size - 1];
  for (const step of path) {
    if (last === 0) return "";
    if (place % 2 || place === last) {
      node = await sha256(joined([1], bytesOf(step), bytesOf(node)));
      while (place % 2 === 0 && place) [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
    } else node = await sha256(joined([1], bytesOf(node), bytesOf(step)));
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 ? node : "";
};

/** Whether the entry of the log is of this commitment, lies under the signed note, and the note is from before the figure. */
const witnessed = async (given, page) => {
  const entry = JSON.parse(given.entry);
  const seal = await ofText(`${given.previous}\n${given.entry}`);
  if (entry.verb !== "witness_draw" || entry.facts.commitment !== page.commitment || seal !== given.seal) return "noEntry";
  const [, size, root, at] = given.note.split("\n");
  const coded = [...atob(root)].map((one) => one.charCodeAt(0));
  const found = await rootOf(seal, given.leaf, given.size, given.path);
  if (found !== hex(new Uint8Array(coded)) || Number(size) !== given.size) return "noCheckpoint";
  return Date.parse(at.slice(3)) < Date.parse(page.opens) ? "witnessed" : "lateCheckpoint";
};

const box = document.querySelector("[data-draw]");
if (box) {
  const said = box.querySelector("[data-said]");
  const page = {
    commitment: box.dataset.commitment,
    seed: box.dataset.seed,
    opens: box.dataset.opens,
    groups: (box.dataset.groups ?? "").split(",").filter(Boolean).map((one) => one.split("x").map(Number)),
  };
  const good = new Set(["fits", "witnessed", "wouldDraw"]);
  const figure = () => document.getElementById("own-figure")?.value ?? "";
  const say = ([name, places]) => {
    said.replaceChildren();
    const sentence = document.createElement("p");
    sentence.className = good.has(name) ? "notice done" : "notice late";
    sentence.dataset.verdict = name;
    sentence.textContent = box.dataset[name];
    said.append(sentence);
    if (places.length) {
      const list = document.createElement("p");
      list.textContent = `${box.dataset.drawn} ${places.join(" ")}`;
      said.append(list);
    }
  };
  const run = async (give) => {
    if (!globalThis.crypto?.subtle) return say(["noCrypto", []]);
    try {
      const [bytes, text] = await give();
      return say(await judged(bytes, text, page, figure()));
    } catch {
      return say(["noRead", []]);
    }
  };
  const fetched = async (url) => {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(String(answer.status));
    return answer;
  };
  const shown = (name, onClick) => {
    const button = box.querySelector(`[data-${name}]`);
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", onClick);
  };
  shown("run", () =>
    run(async () => [
      await (await fetched(box.dataset.list)).arrayBuffer(),
      await (await fetched(box.dataset.round)).text(),
    ]),
  );
  shown("run-witness", async () => {
    if (!globalThis.crypto?.subtle) return say(["noCrypto", []]);
    try {
      return say([await witnessed(await (await fetched(box.dataset.witness)).json(), page), []]);
    } catch {
      return say(["noRead", []]);
    }
  });
  const typed = box.querySelector("[data-typed]");
  if (typed) typed.hidden = false;
  const own = box.querySelector("[data-own]");
  if (own) {
    own.hidden = false;
    own.querySelector("[data-run-own]").addEventListener("click", () =>
      run(async () => [
        await document.getElementById("own-list").files[0].arrayBuffer(),
        await document.getElementById("own-round").files[0].text(),
      ]),
    );
  }
}
