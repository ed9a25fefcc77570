// Small help for pages that work without it: no double sending, counted words, names of chosen photos.
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    for (const b of form.querySelectorAll("button")) b.setAttribute("aria-busy", "true");
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const b of form.querySelectorAll("[aria-busy]")) b.removeAttribute("aria-busy");
  }
});
for (const area of document.querySelectorAll("textarea[data-count]")) {
  const line = document.createElement("p");
  line.className = "meter-words";
  // Never cut: what is too long stays in the field, and the line says so by colour, sign and to screen readers.
  line.setAttribute("aria-live", "polite");
  const tell = () => {
    const length = [...area.value].length, most = Number(area.dataset.count);
    line.textContent = length > most ? `⚠ ${length} / ${most}` : `${length} / ${most}`;
    line.classList.toggle("over", length > most);
    if (length > most) area.setAttribute("aria-invalid", "true"); else if (!area.closest(".bad")) area.removeAttribute("aria-invalid");
  };
  area.addEventListener("input", tell);
  area.after(line);
  tell();
}
for (const input of document.querySelectorAll('.file input[type="file"]')) {
  const list = document.createElement("ul");
  list.setAttribute("aria-live", "polite");
  input.after(list);
  input.addEventListener("change", async () => {
    const files = await Promise.all([...input.files].map(smaller));
    try {
      const held = new DataTransfer();
      for (const file of files) held.items.add(file);
      input.files = held.files;
    } catch { /* An old browser sends what was chosen; the server shrinks it. */ }
    list.replaceChildren(...[...input.files].map((file) => {
      const li = document.createElement("li");
      li.textContent = `${file.name} · ${Math.ceil(file.size / 1024)} KB`;
      return li;
    }));
  });
}
// A large photo is made smaller here, so that nobody has to; what the browser cannot open goes as it is.
async function smaller(file) {
  if (!/^image/.test(file.type) || (file.size < 15e5 && !/heic|avif/.test(file.type))) return file;
  try {
    const image = await createImageBitmap(file);
    const by = Math.min(1, 2400 / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = image.width * by;
    canvas.height = image.height * by;
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return blob.size < file.size ? new File([blob], `${file.name}.jpg`, { type: blob.type }) : file;
  } catch { return file; }
}
// Words not sent yet survive a change of language or print size, in this tab only.
const place = (field) => `kept:${location.pathname}:${field.name}`;
for (const field of document.querySelectorAll("[data-keep]")) {
  const kept = sessionStorage.getItem(place(field));
  if (kept && !field.value) { field.value = kept; field.dispatchEvent(new Event("input")); }
  field.addEventListener("input", () => sessionStorage.setItem(place(field), field.value));
  field.form.addEventListener("submit", () => sessionStorage.removeItem(place(field)));
}
if (document.querySelector("[data-forget-kept]")) {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith("kept:")) sessionStorage.removeItem(key);
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
// Standard addresses offered while one types; without this the search button does the same.
for (const field of document.querySelectorAll("[data-hints]")) {
  const list = document.createElement("datalist");
  list.id = `${field.id}-hints`;
  field.after(list);
  field.setAttribute("list", list.id);
  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      if (field.value.trim().length < 2) return;
      const answer = await fetch(`${field.dataset.hints}?q=${encodeURIComponent(field.value)}`);
      if (!answer.ok) return;
      const { found } = await answer.json();
      list.replaceChildren(...found.map((text) => Object.assign(document.createElement("option"), { value: text })));
    }, 250);
  });
}
