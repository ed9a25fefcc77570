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
    try { const got = await post(form.dataset.suggest, { words: words.value }); if (!got.ok) return; answer = await got.json(); } catch { return; }
    if (mine !== asked) return;
    const kept = form.querySelector("input[name=category]:checked")?.value ?? "";
    guesses.replaceChildren(...answer.guesses.map((g, i) => {
      const label = node("label", "choice");
      const input = node("input"); input.type = "radio"; input.name = "category"; input.value = g.code;
      input.checked = chosen ? g.code === kept : i === 0;
      label.append(input, node("span", "t", g.name), node("span", "d", g.why));
      return label;
    }));
    if (answer.danger) {
      if (dangerBox.dataset.said !== answer.danger.why) {
        const box = node("div", "notice late");
        box.append(node("strong", "", dangerTitle), node("p", "", answer.danger.why));
        dangerBox.replaceChildren(box);
        dangerBox.dataset.said = answer.danger.why;
      }
    } else { dangerBox.replaceChildren(); delete dangerBox.dataset.said; }
  }, 350);
  words.addEventListener("input", suggest);

  const place = form.elements.place, address = form.elements.address, list = document.getElementById("places");
  let found = [];
  const settle = () => {
    const hit = found.find((one) => one.name === place.value);
    address.value = hit ? hit.id : "";
    if (hit) { if (hit.division) form.elements.division.value = hit.division; earlier(); }
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
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(form.querySelector(".bulk button")); }
  });
}
