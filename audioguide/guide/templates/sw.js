// Keeps the guide's pages, so that it opens without a network, and plays what the visitor saved.
"use strict";
const HERE = self.registration.scope;
const PATH = new URL(HERE).pathname;
const SHELL = `guide:${PATH}:shell:${GUIDE.version}`;
const SAVED = `guide:${PATH}:saved`; // as offline.js has it

// A response that came over a redirect may not answer a navigation
const plain = async (response) => (response.redirected
  ? new Response(await response.blob(), { status: response.status, headers: response.headers })
  : response);

const fill = async () => {
  const cache = await caches.open(SHELL);
  await Promise.all(GUIDE.shell.map(async (name) => {
    const url = new URL(name, HERE);
    const response = await fetch(url, { cache: "reload" });
    if (!response.ok) throw new Error(`${name}: ${response.status}`);
    await cache.put(url, await plain(response));
  }));
};

const clear = async () => {
  const ours = (await caches.keys()).filter((name) => name.startsWith(`guide:${PATH}:shell:`) && name !== SHELL);
  await Promise.all(ours.map((name) => caches.delete(name)));
  await self.clients.claim();
};

// Part of a whole that is kept: players ask for one, and Safari plays nothing else
const part = async (range, whole) => {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(range.trim()) || [];
  if (!from && !to) return whole;
  const data = await whole.blob();
  const start = from ? Number(from) : Math.max(0, data.size - Number(to));
  const end = from && to ? Math.min(Number(to) + 1, data.size) : data.size;
  if (start >= end) return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${data.size}` } });
  return new Response(data.slice(start, end), {
    status: 206,
    headers: {
      "Content-Type": whole.headers.get("Content-Type") || "application/octet-stream",
      "Content-Range": `bytes ${start}-${end - 1}/${data.size}`,
      "Content-Length": String(end - start),
      "Accept-Ranges": "bytes",
    },
  });
};

const answer = async (request) => {
  const url = new URL(request.url);
  url.hash = "";
  if (request.mode === "navigate") {
    url.search = "";
    url.pathname = url.pathname.replace(/index\.html$/, "");
  }
  const kept = await (await caches.open(SHELL)).match(url.href) || await (await caches.open(SAVED)).match(url.href);
  if (!kept) return fetch(request);
  const range = request.headers.get("Range");
  return range ? part(range, kept) : kept;
};

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(clear()));
self.addEventListener("message", (event) => { if (event.data === "take over") self.skipWaiting(); });
self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET" && event.request.url.startsWith(HERE)) event.respondWith(answer(event.request));
});
