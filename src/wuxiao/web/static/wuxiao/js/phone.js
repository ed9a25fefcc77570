// The page of the phone tray: draws what was taken along, keeps what is filled in, sends it when there is a network.
// What a slip is and what becomes of it stands in tray.js, where it is kept in phone-disk.js.
import { Tray, next, toDecide, undecided, view, waits } from "./tray.js";
import { Disk, drawnAnew, hex, jpeg } from "./phone-disk.js";

const words = JSON.parse(document.getElementById("tray-words").textContent);
const app = document.querySelector("[data-app]"), said = document.querySelector("[data-said]"), urls = app.dataset;
const lang = document.documentElement.lang.startsWith("en") ? "en" : "zh";
const say = (text, values = {}) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
const ZONE = "Asia/Shanghai";
const upper = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);
const both = (text) => (text ? text[lang] || text.zh : "");
const when = (ms) => new Date(ms).toLocaleString(lang === "en" ? "en-GB" : "zh-CN", { dateStyle: "medium", timeStyle: "short", timeZone: ZONE });
// Days and hours are the town's, whatever zone the phone is set to.
const dayOf = (day) => new Date(`${day}T12:00+08:00`).toLocaleDateString(lang === "en" ? "en-GB" : "zh-CN", { dateStyle: lang === "en" ? "medium" : "long", timeZone: ZONE });
let disk, tray, csrf = "", away = "", where = "";

function h(tag, more = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(more)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...inside.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}
function tell(text, tone = "caution", ...more) {
  said.replaceChildren(...(text ? [h("div", { class: `notice ${tone}` }, h("p", {}, text), ...more)] : []));
  if (text) said.scrollIntoView({ block: "nearest" });
}
const button = (label, onclick, kind = "") => h("button", { type: "button", class: `btn ${kind}`, onclick }, label);

// --------------------------------------------------------------------------------------------------------- the house
async function house() {
  let answer;
  try {
    answer = await fetch(urls.state, { credentials: "same-origin", redirect: "error", signal: AbortSignal.timeout(10_000) });
  } catch { away = "offline"; return null; }
  const found = await answer.json().catch(() => null);
  if (found?.now && await settled(Date.parse(found.now))) return null;
  if (answer.status === 401) { away = "sign_in"; return null; }
  if (!answer.ok || !found) { away = "house"; return null; }
  csrf = found.csrf;
  away = "";
  if (tray.head) await others(tray.head.who !== found.who);
  return found;
}

// Whose tray this is has been asked: what is another's stays locked on the disk, also when the network is gone since.
async function others(other) {
  if (other) away = "other";
  try { await tray.lock(other); } catch (error) { trouble(error); }
}

// What the house's clock says; when the time is over everything goes, and how much of it was not sent is said.
async function settled(now) {
  const { over } = await tray.tick(now);
  if (!over) return false;
  const left = tray.slips.filter(waits).length;
  await wipe();
  tell(say(words.over, { n: left }));
  draw();
  return true;
}

async function post(url, body) {
  for (let again = 0; ; again++) {
    if (!csrf) await house();
    if (!csrf || away) return null;
    let answer;
    try {
      answer = await fetch(url, { method: "POST", body, credentials: "same-origin", redirect: "error", headers: { "X-CSRFToken": csrf } });
    } catch { away = "offline"; return null; }
    const found = await answer.json().catch(() => null);
    // The token of a sign-in that is over: asked for anew, once.
    if (answer.status === 403 && !found && again === 0) { csrf = ""; continue; }
    if (answer.status === 401) { away = "sign_in"; return null; }
    if (found?.now && await settled(Date.parse(found.now))) return null;
    return { status: answer.status, found };
  }
}

async function send(slip) {
  const { id, verb, fields, of, sha256, offset } = slip;
  const body = new FormData();
  body.set("who", tray.head.who);
  body.set("slip", JSON.stringify({ id, case: slip.case, verb, fields, of, sha256, offset: Math.round(offset), made: new Date(slip.made).toISOString() }));
  if (of) {
    const bytes = await disk.file(id);
    if (!bytes) return { trouble: "house" };
    body.set("file", new Blob([bytes], { type: "image/jpeg" }), "picture.jpg");
  }
  const answer = await post(urls.slip, body);
  if (!answer) return { trouble: "network" };
  if (answer.status === 409) { await others(true); return { trouble: "network" }; }
  const { status, found } = answer;
  if (status === 200 && found?.verdict) return found;
  // What cannot be read there will not be read tomorrow either: a person looks at it.
  if ((status === 400 || status === 413) && found?.error) return { verdict: "refused", text: { zh: found.error, en: found.error } };
  away = "house";
  return { trouble: "house" };
}

let pumping = false;
async function pump(known = null) {
  if (pumping || !tray.head || tray.locked || !next(tray.slips)) return draw();
  pumping = true;
  try {
    if (away !== "other") away = "";
    if ((known || await house()) && !tray.head?.other) await tray.run(async (slip) => { draw(); return send(slip); });
  } catch (error) { trouble(error); } finally { pumping = false; }
  draw();
}

async function takeAlong() {
  away = "";
  if (!await house()) return draw();
  const answer = await post(urls.round, new FormData());
  if (!answer || answer.status !== 200) { tell(answer?.found?.error || words.house); return draw(); }
  const { who, now, until, ...round } = answer.found, house_now = Date.parse(now);
  try {
    await tray.begin({ who, until: Date.parse(until), taken: house_now, offset: house_now - Date.now() }, round);
    tell("");
  } catch (error) { trouble(error); }
  await navigator.storage?.persist?.().catch(() => {});
  await pump();
}

async function wipe() {
  await disk.wipe();
  tray.head = tray.round = null;
  tray.slips = [];
  csrf = "";
  where = "";
  count();
}

function trouble(error) { tell(error?.name === "QuotaExceededError" ? words.full : words.not_kept, "late"); }
// Only how many are not sent: the pages of staff ask before somebody signs out over them.
function count() {
  app.dataset.unsent = String(tray.slips.filter(waits).length);
  try { localStorage.setItem("tray-unsent", app.dataset.unsent); } catch { /* private window */ }
}

// --------------------------------------------------------------------------------------------------------- the pages
const place = (number) => tray.round?.places.find((one) => one.number === number);
const formsOf = (one) => tray.round.forms[one.form];
const holds = (one) => view(one.stands, tray.slips, one.number, one.turn);
const name = (slip) => {
  const one = place(slip.case), forms = one ? formsOf(one) : [];
  for (const form of forms) {
    if (form.verb === slip.verb) return both(form.name);
    for (const file of form.files) if (file.verb === slip.verb && file.what === (slip.fields.what?.now || "")) return file.drawn ? say(words.signature, { whose: called(one, file) }) : upper(both(file.label));
  }
  return slip.verb;
};
const called = (one, file) => both(one?.names?.[file.what] || file.label);
const title = (slip) => place(slip.case)?.title || slip.case;
const stateOf = (slip) => (["part", "both"].includes(slip.state) && !undecided(slip) ? words.decided : (waits(slip) && both(tray.held.get(slip.id))) || words[slip.state]);
const receipt = (slip) => (slip.answer?.head ? say(words.receipt, { turn: slip.answer.turn, head: slip.answer.head.slice(0, 16) }) : both(slip.answer?.text));

function draw() {
  count();
  if (!tray.head) return home();
  if (tray.head.other) return app.replaceChildren(h("h1", {}, words.ledger), h("p", {}, words.other), away === "sign_in" ? h("p", {}, h("a", { href: urls.signIn }, words.sign_in_now)) : "", button(words.try_again, start, "primary"), " ", button(words.wipe, async () => { if (confirm(words.ask_wipe)) { await wipe(); away = ""; draw(); } }, "danger"));
  if (tray.locked) return app.replaceChildren(h("h1", {}, words.ledger), h("p", {}, words.locked), button(words.try_again, start, "primary"));
  // A form somebody is filling in is not drawn over.
  if (where.startsWith("case ")) return where !== app.dataset.at || !app.querySelector("details[open]") ? drawCase(where.slice(5)) : bar();
  if (where === "ledger") return ledger();
  return home();
}
function go(to) { where = to; app.dataset.at = ""; tell(""); draw(); scrollTo(0, 0); }

function bar() {
  const left = tray.slips.filter(waits).length, decide = toDecide(tray.slips).length;
  const inside = [
    h("span", { class: "muted" }, left ? say(words.waiting, { n: left }) : tray.slips.length ? words.all_sent : ""),
    left ? button(words.send, () => pump(), "primary") : null,
    tray.slips.length && where !== "ledger" ? button(words.ledger, () => go("ledger")) : null,
    decide ? h("span", { class: "state late" }, say(words.to_decide, { n: decide })) : null,
    away && left ? h("p", { class: "hint" }, words[away] || words.house, " ", away === "sign_in" ? h("a", { href: urls.signIn }, words.sign_in_now) : null) : null,
  ];
  const old = app.querySelector("[data-bar]");
  const made = h("div", { class: "bar", "data-bar": true }, ...inside.filter(Boolean));
  if (old) old.replaceWith(made);
  return made;
}

function home() {
  app.dataset.at = "";
  if (!tray.head) return app.replaceChildren(h("h1", {}, words.take), h("p", {}, words.none_here), away === "sign_in" ? h("p", {}, words.sign_in, " ", h("a", { href: urls.signIn }, words.sign_in_now)) : away ? h("p", {}, words.no_network) : "", button(words.take, takeAlong, "primary"));
  const { places, left } = tray.round;
  const rows = places.map((one) => {
    const state = holds(one).state;
    return h("li", {}, h("button", { type: "button", class: "place", onclick: () => go(`case ${one.number}`) }, h("strong", {}, one.title), h("span", {}, one.place), h("span", { class: "muted" }, `${both(one.kind)} · ${words[`state_${state}`] || state}`)));
  });
  app.replaceChildren(
    h("h1", {}, say(words.today, { day: dayOf(tray.round.day) })), bar(),
    h("p", { class: "hint" }, say(words.until, { until: when(tray.head.until - tray.head.offset) })),
    decisions(), rows.length ? h("ul", { class: "tray-places" }, ...rows) : h("p", {}, words.nothing),
    left ? h("p", { class: "hint" }, say(words.more, { n: left })) : "", h("p", {}, button(words.take_again, takeAlong)));
}

function decisions() {
  const waiting = toDecide(tray.slips);
  if (!waiting.length) return "";
  return h("section", { class: "tray-decide" }, h("h2", {}, words.decide), ...waiting.map(({ slip, both: fields }) => {
    const choose = (choice) => async () => {
      try { await tray.decide(slip.id, fields[0].name, choice); } catch (error) { return trouble(error); }
      await pump();
    };
    return h("article", { class: "notice caution" }, h("h3", {}, `${title(slip)} · ${name(slip)}`),
      h("dl", {}, ...fields.flatMap((b) => [h("dt", {}, labelOf(slip, b.name)), h("dd", {}, `${words.was}：${valueOf(slip, b.name, b.was)}`), h("dd", {}, `${words.mine}：`, h("strong", {}, valueOf(slip, b.name, b.mine))), h("dd", {}, `${words.theirs}：`, h("strong", {}, valueOf(slip, b.name, b.theirs)))])),
      h("div", { class: "row" }, button(words.use_mine, choose("mine")), button(words.use_theirs, choose("theirs"))));
  }));
}
const fieldOf = (slip, key) => formsOf(place(slip.case) || { form: "" })?.flatMap((form) => form.fields).find((field) => field.name === key);
const labelOf = (slip, key) => both(fieldOf(slip, key)?.label) || words[`field_${key}`] || key;
const valueOf = (slip, key, value) => (value === "" ? words.empty : both(fieldOf(slip, key)?.choices.find((one) => one.code === value)) || words[`state_${value}`] || value);

function ledger() {
  app.dataset.at = "";
  const rows = [...tray.slips].sort((a, b) => b.n - a.n).map((slip) => h("li", {}, h("strong", {}, `${title(slip)} · ${name(slip)}`), h("span", { class: `state ${waits(slip) || undecided(slip) || slip.state === "refused" ? "late" : "closed"}` }, stateOf(slip)),
    h("span", { class: "muted" }, when(slip.made)), receipt(slip) ? h("span", { class: "code" }, receipt(slip)) : "", slip.state === "refused" ? h("span", {}, written(slip)) : ""));
  app.replaceChildren(h("p", {}, button(words.back, () => go(""))), h("h1", {}, words.ledger), bar(), h("ul", { class: "tray-ledger" }, ...rows), h("p", {}, button(words.save_file, save)));
}
const written = (slip) => Object.entries(slip.fields).filter(([, f]) => f.now !== undefined).map(([key, f]) => `${labelOf(slip, key)}：${valueOf(slip, key, f.now)}`).join("；");
function save() {
  const rows = tray.slips.map((slip) => [slip.id, slip.case, title(slip), name(slip), written(slip), stateOf(slip), receipt(slip), when(slip.made)].join(" / "));
  const link = h("a", { href: URL.createObjectURL(new Blob([[words.ledger_head, ...rows, ""].join("\r\n")], { type: "text/plain;charset=utf-8" })), download: `${tray.round.day}.txt` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// ----------------------------------------------------------------------------------------------------------- one case
function drawCase(number) {
  const one = place(number), now = holds(one);
  app.dataset.at = `case ${number}`;
  // What a step would make stands so already: it is done.
  const steps = formsOf(one).filter((form) => form.states.includes(now.state) && (!Object.keys(form.sets).length || Object.entries(form.sets).some(([key, value]) => now[key] !== value)));
  app.replaceChildren(h("p", {}, button(words.back, () => go(""))), h("h1", {}, one.title), h("p", {}, `${one.place} · ${both(one.kind)} · ${words[`state_${now.state}`] || now.state}`), bar(),
    one.orders.length ? h("section", {}, h("h2", {}, words.orders), h("ul", {}, ...one.orders.map((order) => h("li", {}, say(words.due, { ...order, due: dayOf(order.due) }), h("ul", {}, ...order.what.map((what) => h("li", {}, both(what)))))))) : "",
    ...steps.map((form) => stepOf(one, form, now)), steps.length ? "" : h("p", {}, words.shut));
}

function stepOf(one, form, now) {
  const pads = [], errors = h("p", { class: "error", role: "alert" });
  const boxes = form.fields.map((field) => fieldBox(one, form, field, now));
  const files = form.files.map((file) => {
    if (!file.drawn) return h("div", { class: "field" }, h("label", { for: `t-${form.verb}-${file.verb}` }, upper(both(file.label))), h("input", { class: "input", id: `t-${form.verb}-${file.verb}`, type: "file", accept: "image/*", multiple: true, "data-file": file.verb }));
    const made = pad(called(one, file));
    pads.push({ file, ...made });
    return made.box;
  });
  const sent = h("button", { class: "btn primary", type: "submit" }, both(form.name));
  const made = h("form", { novalidate: true, "data-verb": form.verb }, ...boxes, ...files, errors, h("div", { class: "send" }, sent));
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    sent.disabled = true;
    tell("");
    try { errors.textContent = await fill(one, form, holds(one), made, pads); } catch (error) { trouble(error); } finally { sent.disabled = false; }
  });
  return h("details", { class: "tray-step", "data-step": form.verb, open: form.fields.length === 0 }, h("summary", {}, both(form.name)), made);
}

function fieldBox(one, form, field, now) {
  const id = `t-${form.verb}-${field.name}`, value = now[field.name] ?? "";
  const hint = field.hint ? h("p", { class: "hint" }, upper(both(field.hint))) : null;
  if (field.choices.length && field.choices.length <= 3) return h("fieldset", { class: "field" }, h("legend", {}, upper(both(field.label))), hint, h("div", { class: "choices inline" }, ...field.choices.map((choice) => h("label", { class: "choice" }, h("input", { type: "radio", name: field.name, value: choice.code, checked: value === choice.code }), h("span", { class: "t" }, both(choice))))));
  let input;
  if (field.choices.length) input = h("select", { class: "input", id, name: field.name }, h("option", { value: "" }, words.choose), ...field.choices.map((choice) => h("option", { value: choice.code }, both(choice))));
  else if (field.kind === "words") { input = h("textarea", { class: "input", id, name: field.name, rows: 3, maxlength: field.most }); input.value = value; }
  else input = h("input", { class: "input", id, name: field.name, type: field.kind === "date" ? "date" : "text", value, min: field.kind === "date" ? tray.round.day : null, max: field.kind === "date" ? one.latest : null });
  return h("div", { class: "field" }, h("label", { for: id }, upper(both(field.label))), hint, input);
}

// A place to sign with a finger; what is drawn becomes a picture and nothing else is kept of it.
function pad(label) {
  const canvas = h("canvas", { width: 700, height: 260, role: "img", "aria-label": `${label}：${words.sign_here}` }), pen = canvas.getContext("2d");
  let drawing = false, drawn = false;
  const clear = () => { pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height); drawn = false; };
  const at = (event) => { const box = canvas.getBoundingClientRect(); return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height]; };
  clear();
  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); drawing = drawn = true; pen.lineWidth = 5; pen.lineCap = pen.lineJoin = "round"; pen.strokeStyle = "#000"; pen.beginPath(); pen.moveTo(...at(event)); pen.lineTo(...at(event)); pen.stroke(); });
  canvas.addEventListener("pointermove", (event) => { if (drawing) { pen.lineTo(...at(event)); pen.stroke(); } });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { drawing = false; });
  return { box: h("div", { class: "field tray-pad" }, h("span", { class: "label" }, say(words.signature, { whose: label })), canvas, button(words.sign_again, clear)), signed: () => drawn, picture: () => jpeg(canvas) };
}

// Read a form, keep it as one slip and its pictures as one each; returns what is still to be mended, or nothing.
async function fill(one, form, now, made, pads) {
  // The page may have been drawn before somebody else signed in: then nothing is taken.
  if (tray.head?.other) { draw(); return words.other; }
  const typed = new FormData(made), fields = {};
  for (const field of form.fields) {
    const value = String(typed.get(field.name) ?? "").trim();
    if (field.required && !value) return say(words.required, { label: both(field.label) });
    if (field.name in one.stands) { if (value !== now[field.name] || form.whole) fields[field.name] = { was: now[field.name], now: value }; }
    else if (value) fields[field.name] = { now: value };
  }
  const looked = Object.keys(one.stands).filter((key) => form.looked.some((head) => key.startsWith(head)));
  const empty = looked.filter((key) => now[key] === "").length;
  if (empty) return say(words.list_left, { n: empty });
  for (const key of looked) fields[key] = { was: now[key] };
  for (const [key, value] of Object.entries(form.sets)) fields[key] = { was: now[key], now: value };
  const [from, head, mark] = form.marks;
  if (from && `${head}${typed.get(from)}` in one.stands) fields[`${head}${typed.get(from)}`] = { was: now[`${head}${typed.get(from)}`], now: mark };
  if (!Object.keys(fields).length) return words.fill_first;
  const wrong = form.looked.length && (looked.some((key) => now[key] === "no") || tray.slips.some((slip) => slip.case === one.number && slip.verb === "find" && slip.state !== "refused"));
  for (const field of form.fields) if (field.kind === "date") {
    const day = fields[field.name]?.now || "";
    if (wrong && !day) return say(words.required, { label: both(field.label) });
    if (day && (day < tray.round.day || day > one.latest)) return say(words.due_range, { day: dayOf(tray.round.day), latest: dayOf(one.latest) });
  }
  if (form.looked.length && toDecide(tray.slips).some(({ slip }) => slip.case === one.number)) return words.undecided_first;
  for (const { file, signed } of pads) if (!signed() && (file.what !== "place" || typed.get("signed") === "signed")) return say(words.sign_missing, { whose: called(one, file) });
  const pictures = [];
  for (const input of made.querySelectorAll("[data-file]")) for (const file of input.files) {
    try { pictures.push({ verb: input.dataset.file, what: "", file: await drawnAnew(file) }); } catch { return words.photo_bad; }
  }
  for (const { file, signed, picture } of pads) if (signed()) pictures.push({ verb: file.verb, what: file.what, file: await picture() });
  // The text first: it is small, and it stands when a picture finds no room.
  const slip = await tray.add({ number: one.number, verb: form.verb, fields, whole: form.whole });
  app.dataset.at = "";
  try {
    for (const { verb, what, file } of pictures) await tray.attach({ of: slip.id, verb, what, file, sha256: hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer())) });
    count();
    drawCase(one.number);
    tell(words.saved, "done");
  } catch (error) { drawCase(one.number); trouble(error); }
  pump();
  return "";
}

// -------------------------------------------------------------------------------------------------------------- start
async function start() {
  tray.locked = (await tray.tick()).locked;
  // Before anything is shown: whose page this is now, and what time it really is. Without network nobody can say.
  const found = await house();
  if (found) tray.locked = false;
  draw();
  if (found) await pump(found);
}
async function look() {
  const { locked } = await tray.tick();
  if ((locked && !tray.locked) || tray.head?.other) return start();
  if (tray.slips.some(waits)) await pump();
}

document.querySelector("[data-out]").addEventListener("submit", async (event) => {
  event.preventDefault();
  const left = tray ? tray.slips.filter(waits).length : 0;
  if (left && !confirm(say(words.ask_out, { n: left }))) return;
  away = "";
  const found = tray ? await house() : null;
  const token = csrf;
  if (tray) await wipe();
  for (const name of await caches.keys()) if (name.startsWith("phone-")) await caches.delete(name);
  if (!found && away !== "other") { draw(); return tell(away === "sign_in" ? words.wiped : words.out_offline); }
  await fetch(event.target.action, { method: "POST", credentials: "same-origin", redirect: "manual", headers: { "X-CSRFToken": token } }).catch(() => {});
  location.assign(urls.signIn.split("?")[0]);
});

if (!window.isSecureContext || !window.indexedDB || !window.crypto?.subtle || !navigator.serviceWorker || !navigator.locks) tell(words.no_room);
else navigator.locks.request("wuxiao-tray", { ifAvailable: true }, async (lock) => {
  if (!lock) return tell(words.elsewhere);
  await navigator.serviceWorker.register(urls.worker).catch(() => {});
  disk = await Disk.open();
  tray = await new Tray(disk, { fresh: () => crypto.randomUUID(), now: () => Date.now() }).open();
  addEventListener("online", () => (tray.locked || tray.head?.other ? start() : pump()));
  setInterval(look, 60_000);
  await start();
  app.dataset.ready = "1";
  // Held as long as this page lives: two pages would each think that they alone know what stands in the tray.
  return new Promise(() => {});
});
