// The page: what is shown, what sounds, what keys do, and what the server tells of.

import { Refused, edit, listScripts, loadScript } from "./api.js";
import { Cards, cardsOf } from "./cards.js";
import { all, clamp, clock, dress, isTyping, make, one } from "./dom.js";
import { Editors } from "./editor.js";
import { Build, EpisodePanel } from "./episode.js";
import { listen } from "./events.js";
import { keepText, nextTrouble, tellError, tellProblems } from "./notices.js";
import { Player } from "./player.js";
import { Titles } from "./titles.js";
import { Waves } from "./wave.js";
import { Words } from "./words.js";

const SETTLE_MS = 200; // after a change of our own

let name = null;
let script = null;
let shown = 0; // how often something was shown: an answer that was overtaken is asked for again

// -- parts of the page -------------------------------------------------------------------------------------------------

const waves = new Waves((place) => cards.holding(place)?.card ?? null, {
  onlength: (place, duration_s) => {
    const entry = cards.holding(place);
    const { measured, pause_ms } = entry.card;
    if (!measured) cards.setLength(entry, Math.max(0, duration_s - (pause_ms ?? 0) / 1000), true);
  },
});
const cards = new Cards(one("#cards"), waves, { onselect: (entry) => showPlace(entry), ongone: (entry) => keepText(entry) });
const player = new Player(one("#sound"));
const panel = new EpisodePanel(player);
const editors = new Editors({
  cards,
  script: () => script,
  change: (wanted) => change(wanted),
  onscript: (theirs) => show(theirs),
  onsaved: async (entry, saved, before) => {
    if (!saved) return hear(entry);
    const card = cardsOf(saved).find((each) => each.address === entry.card.address);
    if (card && card.key !== before) player.playRow([card]); // heard first, shown then
    return show(saved);
  },
});
const words = new Words({
  script: () => script,
  change: (wanted) => change(wanted),
  onscript: (theirs) => show(theirs),
  onsaved: async (entry, saved) => {
    const before = new Map(cards.entries.map((each) => [each, each.card.key]));
    await show(saved);
    const changed = cards.entries.filter((each) => before.has(each) && before.get(each) !== each.card.key);
    const heard = changed.includes(entry) ? entry : changed[0];
    if (heard) hear(heard);
  },
});
const titles = new Titles({ script: () => script, change: (wanted) => change(wanted), onscript: (saved) => show(saved) });
const build = new Build({ name: () => name, ondone: () => { panel.forget(); read(); } });

// -- showing -----------------------------------------------------------------------------------------------------------

const label = () => {
  one("#title").textContent = script.title;
  one("#title").lang = script.language;
  one("#file").textContent = one("#picker").hidden ? script.name : "";
  document.title = `${script.title} – studio`;
};

const listContents = () => {
  const rows = script.sections.map((section) =>
    make(
      "li",
      {},
      make("a", { href: `#section:${section.id}` }, make("span", { class: "time" }, section.cards.length ? clock(section.cards[0].start_s ?? 0) : ""), make("span", { lang: script.language, dir: "auto" }, section.title)),
    ),
  );
  const list = one("#contents");
  if (list.textContent !== rows.map((row) => row.textContent).join("")) list.replaceChildren(...rows);
  if (cards.current) showPlace(cards.current);
};

/** Which section the current card is in. */
const showPlace = ({ section }) => {
  for (const link of all("#contents a")) {
    if (link.hash === `#section:${section}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
};

/** The first card in sight, and where: it must stay there when those above it change. */
const anchor = () => {
  const entry = cards.entries.find((each) => each.element.getBoundingClientRect().bottom > 0);
  return entry && { entry, top: entry.element.getBoundingClientRect().top };
};

const show = async (next) => {
  script = next;
  shown += 1;
  label();
  tellProblems(script);
  listContents();
  words.show(script);
  const held = window.scrollY > 0 ? anchor() : null;
  await cards.show(script);
  editors.rebase();
  if (held?.entry.element.isConnected) {
    const moved = held.entry.element.getBoundingClientRect().top - held.top;
    if (Math.abs(moved) > 1) window.scrollBy({ top: moved, behavior: "instant" });
  }
  panel.show(script);
  if (!cards.current && cards.entries.length) cards.select(cards.entries[0], { focus: false });
  showSound();
};

const read = async () => {
  const wanted = name;
  const before = shown;
  try {
    const next = await loadScript(wanted);
    if (wanted !== name) return undefined;
    if (before !== shown) return read();
    await show(next);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.status !== 0) tellError(error);
  }
  return undefined;
};

let saving = 0;
let told = null; // the version that the server spoke of last

/** The server tells of every change, this page's own too: that one comes with its answer. */
const change = async (wanted) => {
  saving += 1;
  try {
    return await edit(wanted);
  } finally {
    saving -= 1;
    setTimeout(catchUp, SETTLE_MS);
  }
};

const catchUp = () => {
  if (!saving && told !== null && told !== script?.version) read();
  else if (!saving) told = null;
};

const openScript = async (wanted) => {
  name = wanted;
  script = null;
  cards.clear();
  player.open(wanted);
  waves.open(wanted);
  told = null;
  one("#scripts").value = wanted;
  history.replaceState(null, "", `?script=${encodeURIComponent(wanted)}${location.hash}`);
  await read();
};

// -- sound -------------------------------------------------------------------------------------------------------------

const hear = (entry) => {
  cards.forget(entry);
  player.playRow([entry.card]);
};

const hearRow = (entry) => {
  cards.forget(entry);
  player.playRow(cards.row(entry));
};

/** The card that sounds; in the episode, the one that is due. */
const sounding = () => {
  if (player.now?.card) return cards.find(player.now.card.address);
  if (!player.now?.episode || script.episode.stale) return null;
  return cards.entries.findLast((entry) => entry.card.start_s <= player.at_s + 0.05) ?? null;
};

let marked = null;
let isNew = false; // something was heard that had never been spoken

const showSound = () => {
  const entry = sounding();
  const now = player.now;
  cards.mark(entry);
  const isFollowed = !isTyping(document.activeElement) && !(now?.episode && panel.inSight);
  if (entry && entry !== marked && isFollowed) entry.element.scrollIntoView({ block: "nearest" });
  marked = entry;
  dress(one("#toggle"), now ? "stop" : "play", now ? "Stop" : "Play");
  const title = now?.episode ? panel.chapterAt(player.at_s)?.title ?? script.title : entry?.card.text;
  one("#now").replaceChildren(
    ...(now
      ? [make("code", {}, now.episode ? "episode" : now.card.address), ` ${title ?? ""}`]
      : [make("span", { class: "quiet" }, "Nothing plays.")]),
  );
  tick();
};

/** How long a card sounds with the pause after it, as its wave shows it. */
const wholeOf = (card) => card.duration_s + (card.pause_ms ?? 0) / 1000;

/** How much of a card has sounded, from 0 to 1. */
const soundedPart = (card) => {
  const { now, at_s, duration_s } = player;
  const [past_s, length_s] = now?.episode ? [at_s - card.start_s, wholeOf(card)] : [at_s, duration_s];
  return length_s ? clamp(past_s / length_s, 0, 1) : 0;
};

const tick = () => {
  panel.tick();
  const { now, at_s, duration_s } = player;
  const text = now ? `${clock(at_s)} / ${clock(now.episode ? script.episode.duration_s : duration_s)}` : "";
  if (one("#clock").textContent !== text) one("#clock").textContent = text;
  if (marked) cards.progress(marked, soundedPart(marked.card));
  if (now?.episode && sounding() !== marked) showSound();
};

player.addEventListener("change", showSound);
player.addEventListener("tick", tick);
player.addEventListener("heard", ({ detail: { card } }) => {
  if (!card.measured) isNew = true;
  cards.heard(card);
});
player.addEventListener("change", () => {
  if (player.now || !isNew) return;
  isNew = false;
  read(); // what was guessed from the letters is known now
});
player.addEventListener("fail", ({ detail: { card, error } }) => {
  const entry = card && cards.find(card.address);
  if (entry) cards.fault(entry, error);
  else tellError(error);
});

// -- clicks ------------------------------------------------------------------------------------------------------------

const selectedWord = () => {
  const field = document.activeElement;
  if (field instanceof HTMLTextAreaElement) return field.value.slice(field.selectionStart, field.selectionEnd).trim();
  return String(getSelection()).trim();
};

const togglePlay = (entry, play) => {
  if (player.now) {
    const isThis = player.now.card?.address === entry?.card.address;
    player.stop();
    if (isThis) return;
  }
  if (entry) play(entry);
};

const seek = (entry, event) => {
  const box = event.target.closest(".wave").getBoundingClientRect();
  const part = (event.clientX - box.left) / box.width;
  if (player.now?.card?.key === entry.card.key) player.seek(part * player.duration_s);
  else player.playRow([entry.card], { at_s: entry.card.cached ? part * wholeOf(entry.card) : 0 });
};

const acts = {
  play: (entry) => togglePlay(entry, hear),
  "from-here": hearRow,
  edit: (entry, { button }) => editors.open(entry, { field: button.dataset.field }),
  cancel: (entry) => editors.close(entry),
  pronounce: (entry) => words.open(selectedWord(), entry),
  seek: (entry, { event }) => seek(entry, event),
};

/** Which letter was clicked on; null where a browser cannot tell. */
const letterAt = (event) => document.caretPositionFromPoint?.(event.clientX, event.clientY)?.offset ?? null;

one("#cards").addEventListener("mousedown", (event) => {
  if (event.target.closest("[data-do=pronounce]")) event.preventDefault(); // keeps the word selected
});

const actInHead = (button) => {
  const section = button.closest(".section");
  if (button.dataset.do === "edit-title") return titles.open(section);
  const entry = cards.entries.find((each) => each.section === section.dataset.section);
  return entry && hearRow(entry);
};

one("#cards").addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button?.closest(".section > header")) return actInHead(button);
  const entry = cards.holding(event.target);
  if (!entry) return undefined;
  cards.select(entry, { focus: false });
  if (button) acts[button.dataset.do]?.(entry, { button, event });
  else if (event.target.closest(".said") && getSelection().isCollapsed && entry.card.editable.text) editors.open(entry, { field: "text", at: letterAt(event) });
  return undefined;
});

document.addEventListener("selectionchange", () => {
  const selection = getSelection();
  const said = selection.isCollapsed ? null : selection.anchorNode?.parentElement?.closest(".said");
  const entry = said && cards.holding(said);
  for (const button of all(".facts [data-do=pronounce]:not([hidden])")) button.hidden = cards.holding(button) !== entry;
  if (entry) one("[data-do=pronounce]", entry.face).hidden = false;
});

one("#cards").addEventListener("focusin", (event) => {
  const entry = cards.holding(event.target);
  if (entry && entry !== cards.current) cards.select(entry, { focus: false });
});

one("#toggle").addEventListener("click", () => (player.now ? player.stop() : cards.current && hear(cards.current)));
const stepped = (by) => {
  const was = player.now?.card;
  const entry = cards.step(by);
  if (was && entry) hear(entry);
};
one("#previous").addEventListener("click", () => stepped(-1));
one("#next").addEventListener("click", () => stepped(1));
one("#trouble").addEventListener("click", () => nextTrouble(cards));
one("#show-keys").addEventListener("click", () => one("#keys").showModal());
one("#hide-keys").addEventListener("click", () => one("#keys").close());
one("#scripts").addEventListener("change", ({ target }) => {
  if (!editors.unsaved || window.confirm("Leave this script without saving what you typed?")) openScript(target.value);
  else target.value = name;
});

// -- keys --------------------------------------------------------------------------------------------------------------

const isControl = (target) => target.closest?.("button, a, summary, [role=slider]") !== null;

const keys = {
  " ": (event) => (event.shiftKey && cards.current ? hearRow(cards.current) : player.now ? player.stop() : cards.current && hear(cards.current)),
  j: () => cards.step(1),
  k: () => cards.step(-1),
  e: () => cards.current && editors.open(cards.current),
  Enter: () => cards.current && editors.open(cards.current),
  p: () => words.open(selectedWord(), cards.current),
  Escape: () => player.stop(),
  "?": () => one("#keys").showModal(),
};

const whileTyping = (event) => {
  const entry = cards.holding(event.target);
  if (!entry?.draft) return;
  if (event.key === "Escape") editors.close(entry);
  else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) editors.save(entry);
  else return;
  event.preventDefault();
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || one("dialog[open]")) return;
  if (isTyping(event.target) || (event.key === "Escape" && cards.holding(event.target)?.draft)) return whileTyping(event);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if ((event.key === " " || event.key === "Enter") && isControl(event.target)) return;
  const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  act(event);
});

window.addEventListener("beforeunload", (event) => { if (editors.unsaved) event.preventDefault(); });

// -- what the server tells ---------------------------------------------------------------------------------------------

listen({
  changed: (event) => {
    if (event.name !== name) return;
    told = event.version;
    catchUp();
  },
  build: (event) => build.hear(event),
  gone: () => build.lost(),
  back: () => read(),
});

/** The head grows while something is built; what sticks below it keeps clear of it. */
const measure = () => document.documentElement.style.setProperty("--top", `${one(".top").offsetHeight}px`);

const begin = async () => {
  new ResizeObserver(measure).observe(one(".top"));
  if (matchMedia("(max-width: 60rem)").matches) one("#outline").open = false;
  try {
    const scripts = await listScripts();
    one("#picker").hidden = scripts.length < 2;
    one("#scripts").replaceChildren(...scripts.map((each) => make("option", { value: each.name }, `${each.name}${each.problems ? ` (${each.problems} to mend)` : ""}`)));
    const asked = new URLSearchParams(location.search).get("script");
    const first = scripts.find((each) => each.name === asked) ?? scripts[0];
    if (first) await openScript(first.name);
    else one("#loading").textContent = "There is no script in this folder. audioguide init writes a first one.";
  } catch (error) {
    one("#loading").textContent = `${error.message} ${error.hint ?? ""}`;
  }
};

begin();
