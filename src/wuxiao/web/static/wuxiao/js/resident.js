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
  const tell = () => { line.textContent = `${area.value.length} / ${area.maxLength}`; };
  area.addEventListener("input", tell);
  area.after(line);
  tell();
}
for (const input of document.querySelectorAll('.file input[type="file"]')) {
  const list = document.createElement("ul");
  list.setAttribute("aria-live", "polite");
  input.after(list);
  input.addEventListener("change", () => {
    list.replaceChildren(...[...input.files].map((file) => {
      const li = document.createElement("li");
      li.textContent = `${file.name} · ${(file.size / 1048576).toFixed(1)} MB`;
      return li;
    }));
  });
}
