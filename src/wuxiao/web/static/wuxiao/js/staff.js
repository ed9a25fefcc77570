// Keyboard for staff. Every key has a visible hint, does what a click does, and can be switched off (WCAG 2.1.4).
const root = document.documentElement;
const store = { get: (k) => { try { return localStorage.getItem(k); } catch { return null; } }, set: (k, v) => { try { localStorage.setItem(k, v); } catch { /* private window */ } } };
const help = document.getElementById("keys");
const toggle = document.querySelector("[data-keys-switch]");
const apply = (on) => { root.dataset.keys = on ? "on" : "off"; if (toggle) toggle.checked = on; };
apply(store.get("keys") !== "off");
toggle?.addEventListener("change", () => { store.set("keys", toggle.checked ? "on" : "off"); apply(toggle.checked); });
const helpButton = document.querySelector("[data-help]");
if (helpButton) { helpButton.hidden = false; helpButton.addEventListener("click", () => help?.showModal()); }

const typing = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)) && !/^(checkbox|radio|button|submit)$/.test(el.type || "");
const rows = () => [...document.querySelectorAll("[data-rows] a.open, ul[data-rows] a")].filter((a) => a.offsetParent !== null);
const shown = (el) => el && el.offsetParent !== null;
const panels = () => [...document.querySelectorAll(".acts details")];
for (const d of panels()) {
  d.addEventListener("toggle", () => {
    if (!d.open) return;
    for (const other of panels()) if (other !== d) other.open = false;
    d.querySelector(".panel input:not([type=hidden]), .panel textarea, .panel select")?.focus({ preventScroll: true });
  });
}
function step(by) {
  const all = rows();
  if (!all.length) return;
  let at = all.indexOf(document.activeElement);
  if (at < 0) at = all.findIndex((a) => a.getAttribute("aria-current"));
  const to = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by));
  all[to].focus();
  all[to].scrollIntoView({ block: "nearest" });
}
let waitingForQueue = false;
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  const el = document.activeElement;
  if (event.key === "Escape") {
    const open = panels().find((d) => d.open);
    if (open) { open.open = false; open.querySelector("summary").focus(); } else if (typing(el)) el.blur();
    return;
  }
  if (typing(el) || root.dataset.keys === "off" || help?.open) return;
  const key = event.key;
  const take = () => event.preventDefault();
  if (waitingForQueue) {
    waitingForQueue = false;
    const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
    if (link) { take(); link.click(); }
    return;
  }
  if (key === "/") { take(); document.querySelector("[data-search]")?.select(); return; }
  if (key === "?") { take(); help?.showModal(); return; }
  if (key === "j") { take(); step(1); return; }
  if (key === "k") { take(); step(-1); return; }
  if (key === "g") { waitingForQueue = true; setTimeout(() => { waitingForQueue = false; }, 1200); return; }
  if (key === "x") { const box = el.closest?.("tr")?.querySelector('input[type="checkbox"]'); if (box) { take(); box.click(); } return; }
  if (key === "u") { const up = document.querySelector("[data-up]"); if (up) { take(); up.click(); } return; }
  const target = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(shown);
  if (target) { take(); target.focus(); target.click(); }
});

const bulk = document.querySelector("[data-bulk]");
if (bulk) {
  const boxes = () => [...document.querySelectorAll('[data-rows] input[type="checkbox"]')];
  const tell = () => {
    const n = boxes().filter((b) => b.checked).length;
    for (const out of bulk.querySelectorAll("[data-bulk-count]")) out.textContent = n;
    for (const b of bulk.querySelectorAll("button")) b.disabled = n === 0;
    for (const b of boxes()) b.closest("tr")?.setAttribute("aria-selected", b.checked);
  };
  addEventListener("change", tell);
  document.querySelector("[data-check-all]")?.addEventListener("change", (event) => { for (const b of boxes()) b.checked = event.target.checked && !b.disabled; tell(); });
  tell();
}
const free = (form) => { delete form.dataset.sent; for (const b of form.querySelectorAll("[aria-busy]")) b.removeAttribute("aria-busy"); };
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    for (const b of form.querySelectorAll("button")) b.setAttribute("aria-busy", "true");
    // A file that is saved leaves the page where it is: its form can soon be used again.
    if ("gives" in form.dataset) setTimeout(() => free(form), 1500);
  });
}
addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-sent]")) free(form); });
// On a phone the conditions of a search make room for what it found.
const fold = document.querySelector("details.fold");
if (fold && rows().length && matchMedia("(max-width: 900px)").matches) fold.open = false;
// On a phone the queues lie beside one another: the one that is open is brought into sight.
const here = document.querySelector(".rail a[aria-current]"), strip = document.querySelector(".rail .in");
if (here && strip && strip.scrollWidth > strip.clientWidth) strip.scrollLeft = here.offsetLeft - (strip.clientWidth - here.offsetWidth) / 2;
// Signing out deletes what was taken along on this device (staff/phone): whoever has not sent all of it is asked first.
document.querySelector("form[data-unsent]")?.addEventListener("submit", (event) => {
  const form = event.currentTarget;
  if (Number(store.get("tray-unsent")) > 0 && !confirm(form.dataset.unsent)) { event.preventDefault(); free(form); }
});
