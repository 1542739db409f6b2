// The guide as an app. Without this file everything on the page is there too, one below the other.
"use strict";
(() => {
  const { one, all, html, words, language, folder, stops, articleOf, recall, keep, EARLY_S, clock, fill, nameOf, picture } = page;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const TEXT_REM = [1, 1.15, 1.35, 1.6, 1.9, 2.3];

  // Languages: the one that was chosen, else the visitor's, else this page's

  const languages = all("[data-language]");
  const asked = () => new URLSearchParams(location.hash.slice(1));
  const pageIn = (tag) => {
    const short = (text) => text.toLowerCase().split("-")[0];
    return languages.find((link) => link.dataset.language.toLowerCase() === tag.toLowerCase())
      || languages.find((link) => short(link.dataset.language) === short(tag));
  };
  const wantedPage = () => {
    if (asked().get("lang")) return pageIn(asked().get("lang"));
    if (language !== html.dataset.reference) return null; // this page was asked for by its own address
    const chosen = recall("language");
    return chosen ? pageIn(chosen) : navigator.languages.map(pageIn).find(Boolean);
  };
  const inLanguage = (link) => {
    const stop = asked().get("stop");
    return link.href.split("#")[0] + (stop ? `#stop=${stop}` : location.hash.replace(/[#&]lang=[^&]*/, ""));
  };
  const elsewhere = wantedPage();
  if (elsewhere && elsewhere.dataset.language !== language) {
    location.replace(inLanguage(elsewhere));
    return;
  }

  const sound = one("#sound");
  const dock = one(".dock");
  const position = one(".position");
  const speed = one(".speed select");
  const now = { stop: null, track: "main", line: null };
  const views = new Set(all("[data-tab]").map((tab) => tab.dataset.tab));

  // Views: the address says which one is seen, so that going back works

  const show = (view, article = null) => {
    if (view !== "map") here.forget();
    for (const section of all("[data-view]")) {
      section.hidden = section.dataset.view !== view || (view === "stop" && section !== article);
    }
    for (const tab of all("[data-tab]")) {
      if (tab.dataset.tab === view) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    document.title = article ? `${nameOf(Number(article.dataset.number))} · ${one("h1").textContent}` : one("h1").textContent;
  };

  let first = true;
  const arrive = (target) => { // where the reader of a screen goes on; not at the first load, where the page is read anyway
    if (!first) target?.focus({ preventScroll: true });
    if (!first || asked().get("stop")) scrollTo({ top: 0 });
    first = false;
  };

  const route = ({ play: mayPlay = true } = {}) => {
    const query = asked();
    const page = query.get("lang") && pageIn(query.get("lang"));
    if (page && page.dataset.language !== language) {
      location.assign(inLanguage(page));
      return;
    }
    const number = Number(query.get("stop"));
    if (query.has("stop") && articleOf(number)) {
      show("stop", articleOf(number));
      arrive(one("h2", articleOf(number)));
      if (number !== now.stop) open(number, { play: mayPlay });
      return;
    }
    const view = [...query.keys()][0];
    if (query.has("stop")) {
      show("keypad");
      arrive(one("#t-keypad"));
      tellKeypad(fill(words.no_stop, { number: query.get("stop") }), true);
    } else {
      show(views.has(view) ? view : "stops");
      arrive(view === "keypad" ? one("#number") : one(`#t-${views.has(view) ? view : "stops"}`));
      if (view === "keypad") tellKeypad(words.keypad_hint);
    }
  };

  // Within the tap itself, or a phone would not let it play
  const visit = (hash) => {
    history.pushState(null, "", hash);
    route();
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a");
    const hash = link?.getAttribute("href");
    if (!hash?.startsWith("#stop=") || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    visit(hash);
  });

  // The player

  const trackOf = (number, track) => one(`[data-track="${track}"]`, articleOf(number));
  const current = () => (now.stop === null ? null : trackOf(now.stop, now.track));
  const length = () => (Number.isFinite(sound.duration) ? sound.duration : Number(current()?.dataset.duration || 0));
  const tell = (text, bad = false) => {
    const place = articleOf(now.stop) && one(".tell", articleOf(now.stop));
    if (!place) return;
    place.textContent = text;
    place.classList.toggle("bad", bad);
  };

  // Until then the browser still goes to the place that the address names, and takes the focus along
  const loaded = new Promise((done) => {
    if (document.readyState === "complete") done();
    else addEventListener("load", () => setTimeout(done), { once: true });
  });
  const play = async () => {
    tell("");
    try {
      await sound.play();
    } catch (error) {
      if (error.name !== "NotAllowedError") return; // a sound that cannot be loaded is told elsewhere
      tell(words.tap);
      await loaded;
      one(`[data-listen="${now.track}"]`, articleOf(now.stop)).focus();
    }
  };
  const seek = (seconds) => {
    const at = Math.min(Math.max(0, seconds), Math.max(0, length() - 0.1));
    if (sound.readyState > 0) sound.currentTime = at;
    else sound.addEventListener("loadedmetadata", () => { sound.currentTime = at; }, { once: true });
    follow();
  };

  const load = (number, track) => {
    if (now.stop !== null) remember();
    now.stop = number;
    now.track = track;
    now.line?.removeAttribute("aria-current");
    now.line = null;
    sound.src = current().dataset.src;
    sound.preload = "auto";
    sound.defaultPlaybackRate = sound.playbackRate = Number(speed.value);
    dock.hidden = false;
    const link = one(".now a");
    link.href = `#stop=${number}`;
    link.textContent = track === "more" ? `${nameOf(number)}: ${words.more}` : nameOf(number);
    one('[data-do="previous"]').disabled = stops.indexOf(number) === 0;
    one('[data-do="next"]').disabled = stops.indexOf(number) === stops.length - 1;
    for (const card of all("[data-card], [data-marker]")) {
      if (Number(card.dataset.card || card.dataset.marker) === number) card.setAttribute("aria-current", "true");
      else card.removeAttribute("aria-current");
    }
    offerMediaKeys();
    follow();
  };

  const open = (number, { play: starts }) => {
    const last = recall("last");
    const goesOn = last?.stop === number && last.language === language && last.at > 3;
    tell("");
    load(number, goesOn ? last.track : "main");
    if (goesOn) seek(last.at);
    if (starts) play();
  };

  const startTrack = (number, track) => {
    if (number === now.stop && track === now.track) {
      if (sound.paused) play(); else sound.pause();
      return;
    }
    load(number, track);
    play();
  };

  const remember = () => {
    if (now.stop === null) return;
    const at = sound.ended || sound.currentTime > length() - 3 ? 0 : sound.currentTime;
    keep("last", { stop: now.stop, track: now.track, at, language });
  };

  const step = (by) => {
    const number = stops[stops.indexOf(now.stop) + by];
    if (number !== undefined) visit(`#stop=${number}`);
  };
  const ACTIONS = {
    toggle: () => (sound.paused ? play() : sound.pause()),
    back: () => seek(sound.currentTime - 15),
    forward: () => seek(sound.currentTime + 15),
    previous: () => step(-1),
    next: () => step(1),
  };

  // The keys of a phone, a headset, a lock screen

  function offerMediaKeys() {
    if (!("mediaSession" in navigator)) return;
    const image = articleOf(now.stop).dataset.picture;
    navigator.mediaSession.metadata = new MediaMetadata({
      title: one(".now a").textContent,
      artist: one("h1").textContent,
      album: one("h1").textContent,
      artwork: [{ src: new URL(image || `${folder}icons/icon-512.png`, document.baseURI).href, type: image ? "image/jpeg" : "image/png" }],
    });
    const handlers = {
      play, pause: () => sound.pause(), stop: () => sound.pause(),
      seekbackward: ACTIONS.back, seekforward: ACTIONS.forward,
      seekto: (details) => seek(details.seekTime),
      previoustrack: stops.indexOf(now.stop) > 0 ? ACTIONS.previous : null,
      nexttrack: stops.indexOf(now.stop) < stops.length - 1 ? ACTIONS.next : null,
    };
    for (const [name, handler] of Object.entries(handlers)) {
      try { navigator.mediaSession.setActionHandler(name, handler); } catch { /* not known here */ }
    }
  }
  const tellPosition = () => {
    if (!navigator.mediaSession?.setPositionState || !(length() > 0)) return;
    const at = Math.min(sound.currentTime, length());
    try { navigator.mediaSession.setPositionState({ duration: length(), playbackRate: sound.playbackRate, position: at }); } catch { /* between two sounds */ }
  };

  // The text follows the sound, and a line plays from its start

  const startOf = (line) => Number(/#t=([\d.]+)/.exec(line.href)[1]);
  const lines = new Map(all(".track").map((track) => [track, all(".line", track)]));
  const starts = new Map([...lines.values()].flat().map((line) => [line, startOf(line)]));
  const lineAt = (list, seconds) => {
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts.get(list[middle]) <= seconds) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };

  function follow() {
    const track = current();
    if (!track) return;
    const at = sound.readyState ? sound.currentTime : 0;
    const whole = length();
    position.max = whole;
    position.value = at;
    position.style.setProperty("--done", `${whole ? (100 * at) / whole : 0}%`);
    position.setAttribute("aria-valuetext", `${clock(at)} / ${clock(whole)}`);
    one(".elapsed").textContent = clock(at);
    one(".left").textContent = `−${clock(whole - at)}`;
    const index = lineAt(lines.get(track), at + EARLY_S);
    const line = lines.get(track)[index] || null;
    if (line === now.line) return;
    now.line?.removeAttribute("aria-current");
    line?.setAttribute("aria-current", "true");
    now.line = line;
    if (line && !track.contains(document.activeElement)) makeStop(track, line);
    const follows = one(".follow input", articleOf(now.stop)).checked && !articleOf(now.stop).hidden;
    if (line && follows && (index > 0 || now.track === "more")) line.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
  }

  // A text is one stop of the Tab key; the arrows go from line to line
  const makeStop = (track, line) => {
    for (const other of lines.get(track)) other.tabIndex = other === line ? 0 : -1;
  };
  for (const [track, list] of lines) {
    if (list.length) makeStop(track, list[0]);
    track.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      const next = by && list[list.indexOf(document.activeElement) + by];
      if (!next) return;
      event.preventDefault();
      makeStop(track, next);
      next.focus();
    });
    track.addEventListener("click", (event) => {
      const line = event.target.closest(".line");
      if (!line || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      if (event.detail && !getSelection().isCollapsed) return; // a mouse that selects words
      const number = Number(track.closest("article").dataset.number);
      if (track !== current()) load(number, track.dataset.track);
      makeStop(track, line);
      seek(starts.get(line));
      play();
    });
  }
  for (const kind of ["wheel", "touchmove"]) {
    addEventListener(kind, (event) => {
      const article = event.target.closest?.("article");
      if (article) one(".follow input", article).checked = false;
    }, { passive: true });
  }

  const setSize = (index) => {
    const at = Math.min(Math.max(0, index), TEXT_REM.length - 1);
    html.style.setProperty("--text", `${TEXT_REM[at]}rem`);
    keep("text", at);
    for (const button of all("[data-size]")) button.disabled = at === (Number(button.dataset.size) < 0 ? 0 : TEXT_REM.length - 1);
    return at;
  };
  let textSize = setSize(recall("text") ?? 1);

  // The keypad

  const number = one("#number");
  function tellKeypad(text, wrong = false) {
    const said = one("#keypad-said");
    said.textContent = text;
    said.classList.toggle("wrong", wrong);
  }
  const digits = (text) => [...text.normalize("NFKC")].map((character) => { // Arabic and Persian digits too
    const code = character.codePointAt(0);
    const zero = [0x30, 0x660, 0x6f0].find((from) => code >= from && code < from + 10);
    return zero === undefined ? "" : String(code - zero);
  }).join("");
  const typed = () => {
    number.value = digits(number.value).slice(0, 6);
    const article = number.value && articleOf(Number(number.value));
    tellKeypad(article ? nameOf(Number(number.value)) : words.keypad_hint);
  };
  number.addEventListener("input", typed);
  for (const key of all("[data-digit]")) {
    key.addEventListener("click", () => {
      number.value = key.dataset.digit ? number.value + key.dataset.digit : number.value.slice(0, -1);
      typed();
    });
  }
  one(".keypad").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!number.value) return;
    const wanted = Number(number.value);
    if (articleOf(wanted)) visit(`#stop=${wanted}`);
    else tellKeypad(fill(words.no_stop, { number: number.value }), true);
    number.value = "";
  });

  // Listening to it all

  const showPlaying = () => {
    const label = sound.paused ? words.play : words.pause;
    const name = sound.paused ? "play" : "pause";
    const toggle = one('[data-do="toggle"]');
    toggle.setAttribute("aria-label", label);
    toggle.replaceChildren(picture(name));
    for (const listen of all("[data-listen]")) {
      const isCurrent = Number(listen.closest("article").dataset.number) === now.stop && listen.dataset.listen === now.track;
      const plays = isCurrent && !sound.paused;
      one("span", listen).textContent = plays ? words.pause : words.listen;
      one("use", listen).setAttribute("href", plays ? "#i-pause" : "#i-play");
    }
  };
  const failed = async () => {
    if (now.stop === null) return;
    const there = navigator.onLine && await fetch(sound.src, { method: "HEAD" }).catch(() => null);
    tell(there ? words.failed : words.not_saved, true);
    if (there?.status === 404) saving.renewPage();
  };
  const heard = new Set(recall("heard") || []);
  const showHeard = () => { for (const card of all("[data-card]")) one(".heard", card).hidden = !heard.has(Number(card.dataset.card)); };
  const ended = () => {
    if (now.track === "main") heard.add(now.stop);
    keep("heard", [...heard]);
    showHeard();
    remember();
  };
  const offerToContinue = () => {
    const last = recall("last");
    const link = one(".continue");
    if (!last || last.language !== language || !(last.at > 3) || !articleOf(last.stop)) return;
    link.href = `#stop=${last.stop}`;
    link.textContent = `${words.continue}: ${nameOf(last.stop)}, ${clock(last.at)}`;
    link.hidden = false;
  };

  for (const each of all("[data-do]")) each.addEventListener("click", () => ACTIONS[each.dataset.do]());
  for (const listen of all("[data-listen]")) {
    listen.addEventListener("click", () => startTrack(Number(listen.closest("article").dataset.number), listen.dataset.listen));
  }
  for (const size of all("[data-size]")) size.addEventListener("click", () => { textSize = setSize(textSize + Number(size.dataset.size)); });
  for (const link of languages) {
    link.addEventListener("click", () => {
      keep("language", link.dataset.language);
      try { sessionStorage.setItem("guide:quiet", sound.paused ? "1" : ""); } catch { /* it plays */ }
      link.href = inLanguage(link);
    });
  }
  for (const image of all(".picture")) image.addEventListener("error", () => { image.src = image.dataset.small; }, { once: true });
  position.addEventListener("input", () => seek(Number(position.value)));
  speed.addEventListener("change", () => { sound.defaultPlaybackRate = sound.playbackRate = Number(speed.value); keep("speed", speed.value); });
  for (const kind of ["timeupdate", "seeking", "durationchange"]) sound.addEventListener(kind, follow);
  for (const kind of ["play", "pause", "ended"]) sound.addEventListener(kind, showPlaying);
  for (const kind of ["loadedmetadata", "seeked", "ratechange", "play"]) sound.addEventListener(kind, tellPosition);
  sound.addEventListener("error", failed);
  sound.addEventListener("ended", ended);
  sound.addEventListener("pause", remember);
  addEventListener("pagehide", remember);
  setInterval(() => { if (!sound.paused) remember(); }, 3000);
  addEventListener("hashchange", () => route());

  // Ready

  html.classList.add("js");
  for (const hidden of all(".app")) hidden.hidden = false;
  if ([...speed.options].some(({ value }) => value === recall("speed"))) speed.value = recall("speed");
  showHeard();
  offerToContinue();
  let quiet = "";
  try { quiet = sessionStorage.getItem("guide:quiet"); sessionStorage.removeItem("guide:quiet"); } catch { /* it plays */ }
  route({ play: !quiet });
  saving.start();
})();
