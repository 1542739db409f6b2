// What the visitor saved to hear without a network, and the worker that plays it. One cache holds it, over all versions.
"use strict";
const offline = (() => {
  const { root, folder, recall, keep } = page;
  const SAVED = `guide:${folder}:saved`; // as sw.js has it
  const possible = "serviceWorker" in navigator && "caches" in window;
  const address = (file) => new URL(file.file, root).href;
  const size = (files) => files.reduce((sum, file) => sum + file.bytes, 0);
  let guide = null;

  // Which stops were saved, whatever their files are called by now
  const wanted = () => new Set(recall("wanted") || []);
  const want = (keys, on) => {
    const now = wanted();
    for (const key of keys) if (on) now.add(key); else now.delete(key);
    keep("wanted", [...now]);
  };

  const stopsOf = (language) => guide.languages.find((one) => one.language === language)?.stops || [];
  const everyStop = () => guide.languages.flatMap((one) => one.stops.map((stop) => ({ ...stop, key: `${one.language}:${stop.number}` })));
  const kept = async () => new Set((await (await caches.open(SAVED)).keys()).map((request) => request.url));

  // A file in pieces, so that its progress can be told. What is shorter than it was published is not kept.
  const load = async (file, cache, signal, onPiece) => {
    const response = await fetch(address(file), { signal });
    if (!response.ok) throw new Error(`${file.file}: ${response.status}`);
    const pieces = [];
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      pieces.push(value);
      onPiece(value.length);
    }
    const data = new Blob(pieces);
    if (data.size !== file.bytes) throw new Error(`${file.file}: ${data.size} of ${file.bytes} bytes`);
    const headers = { "Content-Type": response.headers.get("Content-Type") || "", "Content-Length": String(data.size) };
    await cache.put(address(file), new Response(data, { headers }));
  };

  const room = async (bytes) => {
    if (!navigator.storage?.estimate) return true;
    const { quota = 0, usage = 0 } = await navigator.storage.estimate();
    return quota - usage > bytes;
  };

  const missing = async (stops) => {
    const there = await kept();
    const files = new Map(stops.flatMap((stop) => stop.files).map((file) => [address(file), file]));
    return [...files.values()].filter((file) => !there.has(address(file)));
  };

  const keyed = (language, stops) => stops.map((stop) => `${language}:${stop.number}`);

  const save = async (language, stops, { signal, onProgress }) => {
    const files = await missing(stops);
    const all = size(files);
    if (!(await room(all))) throw new DOMException("", "QuotaExceededError");
    navigator.storage?.persist?.().catch(() => {});
    const cache = await caches.open(SAVED);
    let done = 0;
    want(keyed(language, stops), true); // before, or another page would let go of what comes
    try {
      for (const file of files) {
        await load(file, cache, signal, (bytes) => { done += bytes; onProgress(done, all); });
      }
    } finally {
      const { saved } = await state(language);
      want(keyed(language, stops.filter((stop) => !saved.has(stop.number))), false);
    }
  };

  const prune = async () => { // files that neither a saved stop nor any language of this version has
    const keys = wanted();
    const used = new Set(everyStop().filter((stop) => keys.has(stop.key)).flatMap((stop) => stop.files.map(address)));
    const cache = await caches.open(SAVED);
    for (const url of await kept()) if (!used.has(url)) await cache.delete(url);
  };

  const remove = async (language, stops) => {
    want(keyed(language, stops), false);
    await prune();
  };

  const removeAll = async () => {
    keep("wanted", []);
    await caches.delete(SAVED);
  };

  // Stops that were saved of an older version: get what has changed, then let go of what it replaced
  const renew = async () => {
    const keys = wanted();
    const files = await missing(everyStop().filter((stop) => keys.has(stop.key)));
    const cache = await caches.open(SAVED);
    for (const file of files) await load(file, cache, undefined, () => {});
    await prune();
    return files.length > 0;
  };

  const state = async (language) => {
    const there = await kept();
    const all = new Map(everyStop().flatMap((stop) => stop.files).map((file) => [address(file), file.bytes]));
    const saved = new Set(stopsOf(language).filter((stop) => stop.files.every((file) => there.has(address(file)))).map((stop) => stop.number));
    return { saved, used: [...there].reduce((sum, url) => sum + (all.get(url) || 0), 0) };
  };

  // A new version waits until it is taken: an open page keeps the files that it was made with
  let registration = null;
  const check = () => registration?.update().catch(() => { /* offline */ });
  const watch = async (onUpdate) => {
    registration = await navigator.serviceWorker.register(new URL("sw.js", root), { scope: folder });
    const offer = (worker) => {
      if (!worker || !navigator.serviceWorker.controller) return;
      onUpdate(() => {
        navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
        worker.postMessage("take over");
      });
    };
    offer(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const worker = registration.installing;
      worker?.addEventListener("statechange", () => { if (worker.state === "installed") offer(worker); });
    });
    check();
    document.addEventListener("visibilitychange", () => { if (!document.hidden) check(); }); // an app that is opened again
  };

  const start = async (onUpdate, onRenewed) => {
    if (!possible) return false;
    try {
      await watch(onUpdate); // a private window may refuse it
      guide = await (await fetch(new URL("guide.json", root))).json();
    } catch {
      return false;
    }
    renew().then((changed) => changed && onRenewed()).catch(() => { /* offline: it is tried again the next time */ });
    return true;
  };

  return { start, check, save, remove, removeAll, state, size, stopsOf };
})();
