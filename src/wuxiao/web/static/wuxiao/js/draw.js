// Recomputes a drawn round from its two published files, in the reader's browser; it asks nobody but this page's house.
// The same rule as subjects/inspection/draw.py, written anew: a lot is SHA-256 of seed, digest, "place" and code.

const hex = (bytes) => [...new Uint8Array(bytes)].map((one) => one.toString(16).padStart(2, "0")).join("");
const sha256 = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));
const ofText = (text) => sha256(new TextEncoder().encode(text));

/** The text that the commitment is of: the digest, then how many are drawn and who goes without the lot, sorted. */
const sealed = (digest, strata, apart) => {
  const lines = Object.entries(strata).map(([kind, count]) => `draw\t${kind}\t${count}`);
  lines.push(...apart.map((code) => `apart\t${code}`));
  // By code points, as the house sorts: the default order of JavaScript is that of UTF-16 units.
  const points = (text) => [...text].map((one) => one.codePointAt(0));
  const before = (a, b) => {
    const [one, other] = [points(a), points(b)];
    for (let n = 0; n < Math.min(one.length, other.length); n += 1) if (one[n] !== other[n]) return one[n] - other[n];
    return one.length - other.length;
  };
  return [digest, ...lines.sort(before)].map((line) => `${line}\n`).join("");
};

/** The places a seed draws of a list, kind by kind in the order of their lots. */
const drawn = async (text, round) => {
  const apart = new Set(round.apart);
  const places = text.split("\n").map((line) => line.split("\t")).filter((cells) => cells[0] === "place");
  const found = [];
  for (const kind of Object.keys(round.strata).sort()) {
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
const judged = async (bytes, roundText, page) => {
  let round, text;
  try {
    round = JSON.parse(roundText);
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!Array.isArray(round.apart) || !Array.isArray(round.drawn) || typeof round.strata !== "object") throw new Error();
  } catch {
    return ["noRead", []];
  }
  if ((await sha256(bytes)) !== round.digest) return ["noList", []];
  const commitment = await ofText(sealed(round.digest, round.strata, round.apart));
  if (commitment !== page.commitment || round.commitment !== page.commitment || round.seed !== page.seed) {
    return ["noSeal", []];
  }
  const places = await drawn(text, round);
  const same = places.length === round.drawn.length && places.every((code, n) => code === round.drawn[n]);
  return [same ? "fits" : "noPlaces", places];
};

const box = document.querySelector("[data-draw]");
if (box) {
  const said = box.querySelector("[data-said]");
  const page = {
    commitment: box.dataset.commitment,
    seed: box.dataset.seed,
  };
  const say = ([name, places]) => {
    said.replaceChildren();
    const sentence = document.createElement("p");
    sentence.className = name === "fits" ? "notice done" : "notice late";
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
      return say(await judged(bytes, text, page));
    } catch {
      return say(["noRead", []]);
    }
  };
  const fetched = async (url) => {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(String(answer.status));
    return answer;
  };
  const published = box.querySelector("[data-run]");
  published.hidden = false;
  published.addEventListener("click", () =>
    run(async () => [
      await (await fetched(box.dataset.list)).arrayBuffer(),
      await (await fetched(box.dataset.round)).text(),
    ]),
  );
  const own = box.querySelector("[data-own]");
  own.hidden = false;
  own.querySelector("[data-run-own]").addEventListener("click", () =>
    run(async () => [
      await document.getElementById("own-list").files[0].arrayBuffer(),
      await document.getElementById("own-round").files[0].text(),
    ]),
  );
}
