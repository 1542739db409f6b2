// What the browser's own player lacks. Without this file everything on the page still works, only plainer.
"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false; // not a secure page, or not allowed
    }
  };

  for (const button of all("[data-copy]")) {
    const label = [...button.childNodes];
    button.hidden = false;
    button.addEventListener("click", async () => {
      if (await copy(button.dataset.copy)) {
        button.textContent = button.dataset.done;
        setTimeout(() => { button.replaceChildren(...label); }, 2000);
      } else {
        getSelection().selectAllChildren(one("a", button.parentElement));
      }
    });
  }

  const player = one("[data-player]");
  if (!player) return;
  document.documentElement.classList.add("js");
  const say = player.dataset;
  const audio = one("audio", player);
  const position = one(".position", player);
  const speed = one(".speed select", player);
  const volume = one(".volume input", player);
  const status = one(".status", player);
  const share = one("[data-do=share] .time", player);
  const toggleButton = one("[data-do=toggle]", player);
  const box = one(".transcript");
  const follow = one("#follow");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const EARLY_S = 0.05; // a decoder may land this far before the place it was sent to

  // Times

  const clock = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds + EARLY_S));
    const pad = (number) => String(number).padStart(2, "0");
    const hours = Math.floor(whole / 3600);
    const minutes = Math.floor(whole / 60) % 60;
    return hours ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
  };

  // "#t=75", "#t=1:15", "#t=1m15s": seconds, or null
  const timeIn = (hash) => {
    const [, value] = /[#&]t=(?:npt:)?([\d.:hms]+)/.exec(hash) || [];
    if (!value) return null;
    const units = /^(?:(\d+)h)?(?:(\d+)m)?(?:([\d.]+)s?)?$/.exec(value);
    const parts = units ? [units[1] || 0, units[2] || 0, units[3] || 0] : value.split(":");
    const seconds = parts.reduce((sum, part) => sum * 60 + Number(part), 0);
    return Number.isFinite(seconds) ? seconds : null;
  };

  const length = () => (Number.isFinite(audio.duration) ? audio.duration : Number(position.max));

  // What is remembered; a browser may refuse to

  const recall = (key) => { try { return localStorage.getItem(`audioguide:${key}`); } catch { return null; } };
  const keep = (key, value) => {
    try {
      if (value === null) localStorage.removeItem(`audioguide:${key}`);
      else localStorage.setItem(`audioguide:${key}`, value);
    } catch { /* it is forgotten */ }
  };
  const place = `at:${say.guid}`;
  const remember = () => {
    const now = audio.currentTime;
    keep(place, now > 5 && now < length() - 10 ? now.toFixed(1) : null);
  };

  // Moving

  const play = () => audio.play().catch(() => { /* the browser asks for a click first */ });
  const seek = (seconds) => {
    audio.currentTime = Math.min(Math.max(0, seconds), Math.max(0, length() - 0.1));
    show();
  };
  const setSpeed = (value) => {
    audio.defaultPlaybackRate = audio.playbackRate = Number(value);
    speed.value = value;
    keep("speed", value);
  };
  const changeSpeed = (step) => {
    const option = speed.options[speed.selectedIndex + step];
    if (option) setSpeed(option.value);
  };
  const skipChapter = (step) => {
    const at = indexAt(chapters);
    const again = step < 0 && at >= 0 && audio.currentTime - chapters[at].start > 3;
    const chapter = chapters[Math.max(0, again ? at : at + step)];
    if (chapter) seek(chapter.start);
  };
  const shareLink = async () => {
    const link = `${location.href.split("#")[0]}#t=${Math.floor(audio.currentTime + EARLY_S)}`;
    status.textContent = (await copy(link)) ? `${say.linkCopied}: ${link}` : link;
  };

  const ACTIONS = {
    toggle: () => (audio.paused ? play() : audio.pause()),
    back: () => seek(audio.currentTime - 15),
    forward: () => seek(audio.currentTime + 15),
    previous: () => skipChapter(-1),
    next: () => skipChapter(1),
    slower: () => changeSpeed(-1),
    faster: () => changeSpeed(1),
    mute: () => { audio.muted = !audio.muted; },
    share: shareLink,
  };
  const KEYS = {
    " ": "toggle", k: "toggle", j: "back", ArrowLeft: "back", l: "forward", ArrowRight: "forward",
    p: "previous", n: "next", "<": "slower", ">": "faster", m: "mute",
  };

  // Chapters and lines: links with a time, of which the one that sounds is marked

  const timed = (links) => links.map((link) => {
    const start = timeIn(link.hash);
    link.href = `#t=${start}`;
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      if (event.detail && !getSelection().isCollapsed) return; // a mouse that selects words
      history.replaceState(null, "", link.hash);
      seek(start);
      play();
    });
    return { start, link };
  });
  const chapters = timed(all("a.chapter"));
  const lines = timed(all("a.line"));
  const marked = new Map();

  const indexAt = (list) => {
    const now = audio.currentTime + EARLY_S;
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle].start <= now) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  const mark = (list) => {
    const link = list[indexAt(list)]?.link;
    const before = marked.get(list);
    if (link === before) return null;
    before?.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "true");
    marked.set(list, link);
    return link;
  };

  // The transcript is one stop of the Tab key; the arrows go from line to line
  let stop = lines[0]?.link;
  const makeStop = (link) => {
    stop.tabIndex = -1;
    link.tabIndex = 0;
    stop = link;
  };
  for (const { link } of lines) link.tabIndex = -1;
  if (stop) makeStop(stop);
  const bringIntoView = (link) => {
    const box = link.closest(".transcript, .chapters");
    const from = box.getBoundingClientRect();
    const at = link.getBoundingClientRect();
    box.scrollTo({
      top: box.scrollTop + at.top - from.top - (box.clientHeight - at.height) / 3,
      behavior: calm.matches ? "auto" : "smooth",
    });
  };
  box?.addEventListener("focusin", (event) => event.target.matches(".line") && makeStop(event.target));
  box?.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const next = step && lines[lines.findIndex(({ link }) => link === document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    next.link.focus({ preventScroll: true });
    bringIntoView(next.link);
  });
  for (const kind of ["wheel", "touchmove"]) {
    box?.addEventListener(kind, () => { follow.checked = false; }, { passive: true });
  }
  follow?.addEventListener("change", () => follow.checked && marked.get(lines) && bringIntoView(marked.get(lines)));

  // Showing

  function show() {
    const now = audio.currentTime;
    const chapter = chapters[indexAt(chapters)]?.link;
    const title = chapter ? one("bdi", chapter).textContent : "";
    position.value = now;
    position.style.setProperty("--done", `${(100 * now) / length()}%`);
    position.setAttribute("aria-valuetext", title ? `${clock(now)}, ${title}` : clock(now));
    one(".elapsed", player).textContent = clock(now);
    one(".left", player).textContent = `−${clock(length() - now)}`;
    one(".now", player).textContent = title;
    share.textContent = clock(now);
    const started = mark(chapters);
    if (started) bringIntoView(started);
    const line = mark(lines);
    if (!line) return;
    if (!box.contains(document.activeElement)) makeStop(line);
    if (follow.checked) bringIntoView(line);
  }

  const showPlaying = () => {
    const label = audio.paused ? say.play : say.pause;
    player.classList.toggle("playing", !audio.paused);
    toggleButton.setAttribute("aria-label", label);
    toggleButton.title = label;
  };

  const drawTicks = () => {
    const shown = chapters.length <= 40 ? chapters.slice(1) : []; // more would hide the line
    one(".ticks", player).replaceChildren(...shown.map(({ start }) => {
      const tick = document.createElement("i");
      tick.style.left = `${(100 * start) / length()}%`;
      return tick;
    }));
  };

  // The keys of a phone, a headset, a lock screen
  const offerMediaKeys = () => {
    if (!("mediaSession" in navigator)) return;
    const cover = one(".cover");
    navigator.mediaSession.metadata = new MediaMetadata({
      title: say.title, artist: say.artist, album: say.album, artwork: cover ? [{ src: cover.src }] : [],
    });
    const offered = { seekbackward: "back", seekforward: "forward", previoustrack: "previous", nexttrack: "next" };
    for (const [name, action] of Object.entries(offered)) {
      try { navigator.mediaSession.setActionHandler(name, ACTIONS[action]); } catch { /* not known here */ }
    }
  };

  for (const button of all("[data-do]", player)) button.addEventListener("click", () => ACTIONS[button.dataset.do]());
  position.addEventListener("input", () => seek(Number(position.value)));
  speed.addEventListener("change", () => setSpeed(speed.value));
  volume.addEventListener("input", () => { audio.volume = Number(volume.value); audio.muted = false; });
  audio.addEventListener("volumechange", () => { volume.value = audio.muted ? 0 : audio.volume; });
  for (const kind of ["timeupdate", "seeking", "durationchange"]) audio.addEventListener(kind, show);
  for (const kind of ["play", "pause", "ended"]) audio.addEventListener(kind, showPlaying);
  audio.addEventListener("durationchange", drawTicks);
  audio.addEventListener("play", offerMediaKeys, { once: true });
  audio.addEventListener("pause", remember);
  audio.addEventListener("ended", () => keep(place, null));
  addEventListener("pagehide", remember);
  setInterval(() => audio.paused || remember(), 5000);
  const failed = () => { status.textContent = say.failed; };
  audio.addEventListener("error", failed);
  all("source", audio).at(-1)?.addEventListener("error", failed);
  if (audio.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) failed(); // before this script ran

  const keysOn = one("#keys");
  keysOn.checked = recall("keys") !== "off";
  keysOn.addEventListener("change", () => keep("keys", keysOn.checked ? null : "off"));
  document.addEventListener("keydown", (event) => {
    const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action || !keysOn.checked || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("select, textarea, input:not(.position), [contenteditable]")) return;
    if (event.key === " " && event.target.closest("button, summary")) return;
    event.preventDefault();
    ACTIONS[action]();
  });

  // Ready

  audio.removeAttribute("controls");
  for (const hidden of [one(".controls", player), one(".keys"), one(".follow")]) if (hidden) hidden.hidden = false;
  drawTicks();
  setSpeed([...speed.options].some(({ value }) => value === recall("speed")) ? recall("speed") : "1");
  const asked = timeIn(location.hash);
  const left = Number(recall(place));
  if (asked !== null) {
    seek(asked);
  } else if (left) {
    seek(left);
    status.textContent = `${say.resumed} ${clock(left)}`;
  }
  addEventListener("hashchange", () => {
    const seconds = timeIn(location.hash);
    if (seconds !== null) seek(seconds);
  });
  show();
})();
