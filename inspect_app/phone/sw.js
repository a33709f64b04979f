// The shell, kept whole: one version at a time, offered only once all of it is here.
// VERSION and FILES stand before this text; the server writes them.

const NAME = `xf-shell-${VERSION}`;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) =>
    cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })))));
});

self.addEventListener("activate", (event) => {
  const outdated = (name) => name.startsWith("xf-shell-") && name !== NAME;
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter(outdated).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (origin !== location.origin || event.request.method !== "GET") return;
  if (!pathname.startsWith("/app/") || pathname === "/app/sw.js") return;
  const asked = event.request.mode === "navigate" ? "/app/" : event.request;
  event.respondWith(caches.open(NAME)
    .then((cache) => cache.match(asked))
    .then((kept) => kept || fetch(event.request)));
});
