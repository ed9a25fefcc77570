// The intake form: suggestions and danger while the words come in. Without it the form works the same, suggestions come on sending.
const form = document.querySelector("[data-intake]");
if (form) {
  const words = form.elements.words;
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const post = (url, data) => fetch(url, { method: "POST", body: new URLSearchParams(data), headers: { "X-CSRFToken": token, "X-Requested-With": "fetch" } });
  const later = (run, ms) => { let timer; return () => { clearTimeout(timer); timer = setTimeout(run, ms); }; };
  const node = (tag, cls, text) => { const el = document.createElement(tag); if (cls) el.className = cls; if (text) el.textContent = text; return el; };
  const guesses = form.querySelector("[data-guesses]");
  const dangerBox = form.querySelector("[data-danger]");
  const dangerTitle = form.querySelector("[data-danger-title]").innerHTML;
  let chosen = false;
  form.addEventListener("change", (event) => { if (event.target.name === "category") chosen = true; });
  let asked = 0;
  const suggest = later(async () => {
    const mine = ++asked;
    let answer;
    try { const got = await post(form.dataset.suggest, { words: words.value, division: form.elements.division.value, category: chosen ? category() : "" }); if (!got.ok) return; answer = await got.json(); } catch { return; }
    if (mine !== asked) return;
    const kept = form.querySelector("input[name=category]:checked")?.value ?? "";
    guesses.replaceChildren(...answer.guesses.map((g) => {
      const label = node("label", "choice");
      const input = node("input"); input.type = "radio"; input.name = "category"; input.value = g.code;
      if (g.urgent) input.dataset.byHand = "";
      input.checked = g.code === kept;
      label.append(input, node("span", "t", g.name), node("span", "d", g.why));
      return label;
    }));
    if (answer.danger) {
      if (dangerBox.dataset.said !== answer.danger.why) {
        const sure = answer.danger.tier === "certain", box = node(sure ? "div" : "p", sure ? "notice late" : "hint", sure ? "" : answer.danger.why);
        if (sure) box.append(node("strong", "", dangerTitle), node("p", "", answer.danger.why));
        dangerBox.replaceChildren(box);
        dangerBox.dataset.said = answer.danger.why;
      }
    } else { dangerBox.replaceChildren(); delete dangerBox.dataset.said; }
    show(answer);
  }, 250);

  // What was read out of the words: marked in the sentence, offered for the fields; F2 takes all of it, a person looks and sends.
  const read = form.querySelector("[data-read]"), accepted = form.querySelector("[data-accepted]");
  const say = (name) => form.querySelector(`[data-${name}-words]`).innerHTML;
  const category = () => form.querySelector("input[name=category]:checked")?.value ?? "";
  const onScreen = (field) => field.checkVisibility ? field.checkVisibility() : field.offsetParent !== null;
  // Beside the button: the class the matter would get and the day it would be answered by, as the desk itself reckons them.
  const promised = form.querySelector("[data-promised]");
  let promiseAsked = 0;
  const foresee = later(async () => {
    const mine = ++promiseAsked;
    if (!words.value.trim()) { promised.textContent = ""; return; }
    const of = category() === "other" ? form.elements.category_other.value : category();
    try { const got = await post(form.dataset.promise, { words: words.value, category: of, handling_class: form.elements.handling_class.value }); if (got.ok && mine === promiseAsked) { const said = await got.json(); promised.textContent = said.said; promised.classList.toggle("late", said.urgent); } } catch { /* the form works without */ }
  }, 250);
  form.addEventListener("change", foresee);
  words.addEventListener("input", foresee);
  let latest = null;
  const fill = (detail) => {
    const field = form.elements[detail.what];
    if (!field) return;
    field.value = detail.what === "time" ? detail.value.replace("T", " ") : detail.value;
    field.dispatchEvent(new Event(detail.what === "place" ? "input" : "change", { bubbles: true }));
  };
  function show(answer) {
    latest = answer;
    read.hidden = !answer.said.length;
    form.querySelector("[data-marked]").replaceChildren(...answer.said.map(([text, kind]) => kind ? node("mark", kind, text) : document.createTextNode(text)));
    form.querySelector("[data-lines]").replaceChildren(...answer.lines.map((line) => node("li", "", line)));
    form.querySelector("[data-details]").replaceChildren(...answer.details.map((detail) => {
      const can = form.elements[detail.what];
      const el = node(can ? "button" : "span", can ? "btn" : "tag", `${detail.label}: ${detail.value || detail.text}`);
      if (can) { el.type = "button"; el.append(node("small", "tag", say("fill"))); el.addEventListener("click", () => fill(detail)); }
      return el;
    }));
    accepted.textContent = "";
  }
  const accept = () => {
    if (!latest) return;
    const first = guesses.querySelector("input");
    // A key press sets only what stands on the screen, and never what makes a matter urgent: that is clicked by a person.
    const byHand = Boolean(!chosen && latest.known && first && "byHand" in first.dataset);
    if (!chosen && latest.known && first && !byHand && onScreen(first)) first.checked = true;
    const done = new Set();
    for (const detail of latest.details) { const field = form.elements[detail.what]; if (field && onScreen(field) && !field.value && !done.has(detail.what)) { done.add(detail.what); fill(detail); } }
    accepted.textContent = byHand ? say("by-hand") : latest.known || chosen ? say("accepted") : say("unknown");
    foresee(); alike();
  };
  form.querySelector("[data-accept]").addEventListener("click", accept);
  form.addEventListener("keydown", (event) => { if (event.key === "F2") { event.preventDefault(); accept(); } });

  const alikeBox = form.querySelector("[data-alike-box]");
  let alikeAsked = 0;
  const alike = later(async () => {
    if (words.value.trim().length < 8) { alikeBox.replaceChildren(); return; }
    const mine = ++alikeAsked;
    try { const got = await post(form.dataset.alike, { words: words.value, place: form.elements.place.value, address: form.elements.address.value, category: category() === "other" ? "" : category() }); const html = got.ok ? await got.text() : ""; if (mine === alikeAsked) alikeBox.innerHTML = html; } catch { /* the form works without */ }
  }, 700);
  words.addEventListener("input", () => alike());
  words.addEventListener("input", suggest);

  const place = form.elements.place, address = form.elements.address, list = document.getElementById("places");
  let found = [];
  const settle = () => {
    const hit = found.find((one) => one.name === place.value);
    address.value = hit ? hit.id : "";
    if (hit) { if (hit.division) form.elements.division.value = hit.division; earlier(); alike(); }
  };
  const look = later(async () => {
    if (place.value.trim().length < 2) return;
    try { const got = await fetch(`${form.dataset.places}?${new URLSearchParams({ q: place.value })}`); if (!got.ok) return; found = (await got.json()).found; } catch { return; }
    list.replaceChildren(...found.map((one) => { const o = node("option"); o.value = one.name; return o; }));
    settle();
  }, 250);
  place.addEventListener("input", () => { settle(); if (!address.value) look(); });

  const box = form.querySelector("[data-earlier]");
  const phone = form.elements.phone;
  let last = "";
  async function earlier() {
    const key = `${phone.value}|${address.value}`;
    if (key === last || (phone.value.replace(/\D/g, "").length < 7 && !address.value)) return;
    last = key;
    try { const got = await post(form.dataset.caller, { phone: phone.value, address: address.value }); if (got.ok) box.innerHTML = await got.text(); } catch { /* the button still works */ }
  }
  phone.addEventListener("change", earlier);
  // Quick fingers type before this file has come: what already stands there is read too.
  if (words.value.trim()) suggest();
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(form.querySelector(".bulk button")); }
  });
}
