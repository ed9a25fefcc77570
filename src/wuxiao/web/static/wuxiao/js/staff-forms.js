// Small helps in staff forms: finding in the category tree, the channel that belongs to a ground to decline.
for (const pick of document.querySelectorAll("[data-pick]")) {
  const find = pick.querySelector("[data-pick-find]"), list = pick.querySelector("[data-pick-list]");
  const all = [...list.querySelectorAll("option")].map((o) => ({ o, text: `${o.parentElement.label || ""} ${o.textContent} ${o.dataset.words || ""} ${o.value}`.toLowerCase() }));
  const radio = pick.closest("fieldset").querySelector('input[value="other"]');
  find.hidden = false;
  find.addEventListener("input", () => {
    const wanted = find.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let first = null;
    for (const { o, text } of all) {
      const hit = wanted.every((w) => text.includes(w));
      o.hidden = !hit;
      if (hit && o.value && !first) first = o;
    }
    for (const g of list.querySelectorAll("optgroup")) g.hidden = ![...g.children].some((o) => !o.hidden);
    if (wanted.length && first) { list.value = first.value; if (radio) { radio.checked = true; radio.dispatchEvent(new Event("change", { bubbles: true })); } }
  });
  list.addEventListener("change", () => { if (radio && list.value) { radio.checked = true; radio.dispatchEvent(new Event("change", { bubbles: true })); } });
}
for (const reasons of document.querySelectorAll("select[data-channel]")) {
  const channel = reasons.form.elements.channel;
  let filled = "";
  reasons.addEventListener("change", () => {
    const note = reasons.selectedOptions[0]?.dataset.note || "";
    if (channel && (!channel.value || channel.value === filled)) { channel.value = note; filled = note; }
  });
}
