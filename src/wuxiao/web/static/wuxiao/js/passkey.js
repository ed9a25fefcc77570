// Passkeys: asks the server what to ask for, lets the device answer, sends the answer. Without this script codes still work.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const post = (url, body, token) => fetch(url, {
  method: "POST", credentials: "same-origin", redirect: "error",
  headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body: JSON.stringify(body),
});

async function answerOf(options, making) {
  const known = (list) => (list ?? []).map((c) => ({ ...c, id: bytes(c.id) }));
  if (making) {
    const made = await navigator.credentials.create({ publicKey: {
      ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials) } });
    return { id: made.id, rawId: text(made.rawId), type: made.type, response: {
      clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject) } };
  }
  const shown = await navigator.credentials.get({ publicKey: {
    ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) } });
  return { id: shown.id, rawId: text(shown.rawId), type: shown.type, response: {
    clientDataJSON: text(shown.response.clientDataJSON), authenticatorData: text(shown.response.authenticatorData),
    signature: text(shown.response.signature),
    userHandle: shown.response.userHandle ? text(shown.response.userHandle) : null } };
}

for (const box of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential || !window.isSecureContext) continue;
  box.hidden = false;
  const button = box.querySelector("button");
  const said = box.querySelector("[role=alert]");
  button.addEventListener("click", async () => {
    const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
    const { passkey: why, next = "" } = box.dataset;
    said.textContent = "";
    button.disabled = true;
    try {
      const asked = await post(box.dataset.options, { why }, token);
      const options = await asked.json();
      if (!asked.ok) throw new Error(options.error);
      const answer = await answerOf(options, why === "add");
      const name = box.querySelector("input[name=passkey_name]")?.value ?? "";
      const done = await post(box.dataset.answer, { why, answer, name, next }, token);
      const found = await done.json();
      if (!done.ok) throw new Error(found.error);
      location.assign(found.to);
    } catch (error) {
      said.textContent = error instanceof DOMException ? box.dataset.failed : error.message || box.dataset.failed;
      button.disabled = false;
    }
  });
}
