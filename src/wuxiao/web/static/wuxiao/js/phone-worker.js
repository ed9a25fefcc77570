// The service worker of the phone tray's page. It keeps the bones of that one page, its style and its scripts, and
// nothing else: no page of a case, no answer of the house, no picture. KEEP is written above by whoever serves this file.
addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(KEEP.name);
    await cache.addAll(KEEP.files.map((file) => new Request(file, { cache: "reload" })));
    await skipWaiting();
  })());
});
addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const shell = await caches.match(KEEP.page);
    if (shell) await (await caches.open(KEEP.name)).put(KEEP.page, shell);
    for (const name of await caches.keys()) if (name.startsWith("phone-") && name !== KEEP.name) await caches.delete(name);
    await clients.claim();
  })());
});

async function page(request) {
  const cache = await caches.open(KEEP.name);
  try {
    const answer = await fetch(request);
    // Only the page itself is kept: a sign-in page or an error is passed on.
    if (answer.status === 200 && !answer.redirected) await cache.put(KEEP.page, answer.clone());
    if (answer.status < 500) return answer;
    return (await cache.match(KEEP.page)) || answer;
  } catch (error) {
    const kept = await cache.match(KEEP.page);
    if (kept) return kept;
    throw error;
  }
}
async function file(request, path) {
  const kept = await (await caches.open(KEEP.name)).match(path);
  return kept || fetch(request);
}
addEventListener("fetch", (event) => {
  const { request } = event, address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (request.mode === "navigate" && address.pathname === KEEP.page) event.respondWith(page(request));
  else if (KEEP.files.includes(address.pathname)) event.respondWith(file(request, address.pathname));
});
