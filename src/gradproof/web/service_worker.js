// Offline: every file of this site is kept when it is first opened; a new site has a new name and takes the place of the old one.
const NAME = "gradproof-VERSION";
const FILES = [/* FILES */];

self.addEventListener("install", (e) => e.waitUntil(caches.open(NAME).then((c) => c.addAll(FILES)).then(() => self.skipWaiting())));
self.addEventListener("activate", (e) => e.waitUntil(
  caches.keys().then((names) => Promise.all(names.filter((n) => n.startsWith("gradproof-") && n !== NAME).map((n) => caches.delete(n)))).then(() => self.clients.claim())));
self.addEventListener("fetch", (e) => {
  if (e.request.method !== "GET" || new URL(e.request.url).origin !== location.origin) return;
  e.respondWith(caches.open(NAME).then((c) => c.match(e.request, { ignoreSearch: true })).then((found) => found ?? fetch(e.request)));
});
