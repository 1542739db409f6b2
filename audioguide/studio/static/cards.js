// The script's segments as cards. What is shown keeps its place: a card that stays the same is not touched when the
// script is read anew, so that focus, scroll and open editors stay where they were.

import { all, clock, dress, icon, make, one, pauseText } from "./dom.js";

const SLICE_MS = 24; // cards are made for so long between two frames
const COLOURS = 8;

export const cardsOf = (script) => script.sections.flatMap((section) => section.cards);

const nextFrame = () => new Promise((go) => { setTimeout(go); });

const SAID = {
  speech: (card) => card.text,
  sound: (card) => `♪ ${card.text}`,
  pause: (card) => `Pause of ${pauseText(card.pause_ms)}`,
};

/** A card with a mistake that nothing is known of has no sound. */
export const soundsNow = (card) => card.kind !== "pause" && card.key !== "";

/** What a card shows and an edit can change; all else is refreshed in place. */
const signature = (card, problems, { colours, usual_ms }) =>
  JSON.stringify([card.address, card.kind, card.text, card.voice, card.speed, card.pause_ms, card.editable,
    card.read_only_because, problems, colours.get(card.voice), usual_ms, soundsNow(card)]);

export const problemNote = (problem) =>
  make(
    "p",
    { class: `problem ${problem.level}`, role: problem.level === "warning" ? "status" : "alert" },
    make("b", {}, problem.level === "warning" ? "Warning" : "Error", problem.line ? `, line ${problem.line}: ` : ": "),
    problem.message,
    problem.hint ? make("span", { class: "advice" }, `; ${problem.hint}`) : null,
  );

/** Shows problems, and leaves those that stand there already: they are not read out twice. */
export const tellIn = (box, problems) => {
  const notes = problems.map(problemNote);
  const text = (elements) => [...elements].map((element) => element.textContent).join("\n");
  const shown = [...box.children].filter((element) => element.matches(".problem:not(.orphan)"));
  if (text(shown) === text(notes)) return;
  for (const element of shown) element.remove();
  box.append(...notes);
};

const fact = (field, label, ...shown) =>
  make("button", { type: "button", class: "fact", "data-do": "edit", "data-field": field, "aria-label": label }, ...shown);

const facts = (card, colours, usual_ms) => [
  make("code", { id: `address:${card.address}` }, card.address),
  card.voice &&
    fact("voice", `Voice: ${card.voice}`, make("i", { class: `dot v${colours.get(card.voice) ?? 0}` }), card.voice),
  card.kind === "speech" && card.speed !== 1 && fact("speed", `Speed: ${card.speed}`, `${card.speed} ×`),
  card.kind !== "pause" && card.pause_ms > 0 &&
    Object.assign(fact("pause", `Then a pause ${pauseText(card.pause_ms)}`, `pause ${pauseText(card.pause_ms)}`), {
      className: card.pause_ms === usual_ms ? "fact usual" : "fact",
    }),
  make("span", { class: "line" }),
  card.read_only_because && make("span", { class: "locked", title: card.read_only_because }, "read only"),
  make("button", { type: "button", class: "link", "data-do": "pronounce", hidden: true }, "Pronounce the selected word …"),
];

const tools = (card) => [
  make("button", { type: "button", class: "tool", "data-do": "from-here", "aria-label": `Play from ${card.address} on`, title: "Play from here (shift + space)" }, icon("on")),
  make("button", { type: "button", class: "tool", "data-do": "edit", "aria-label": `Edit ${card.address}`, title: "Edit (e)" }, icon("edit")),
];

const fill = (face, card, { colours, language, usual_ms }) => {
  const hasSound = soundsNow(card);
  const parts = [
    hasSound
      ? make("button", { type: "button", class: "play", "data-do": "play", "aria-label": `Play ${card.address}` }, icon("play"))
      : make("span", { class: "play" }),
    make(
      "div",
      { class: "words" },
      make("p", { class: "said", id: `said:${card.address}`, dir: "auto", lang: language }, SAID[card.kind](card)),
      make("div", { class: "facts" }, ...facts(card, colours, usual_ms).filter(Boolean)),
    ),
    hasSound && make("div", { class: "side" }, make("div", { class: "wave", "data-do": "seek" }), make("span", { class: "length time" })),
    make("div", { class: "tools" }, ...(hasSound ? tools(card) : tools(card).slice(1))),
  ];
  face.replaceChildren(...parts.filter(Boolean));
};

/** The pause after most segments: shown only on the card that one looks at. */
const usualPause = (script) => {
  const counts = new Map();
  for (const { kind, pause_ms: ms } of cardsOf(script)) {
    if (kind === "speech") counts.set(ms, (counts.get(ms) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
};

/** Old cards found again among the new ones: by address and text, then by text, then by address. */
const pair = (olds, cards) => {
  const left = new Set(olds);
  const found = new Map();
  const tests = [
    (old, card) => old.address === card.address && old.text === card.text,
    (old, card) => card.text !== "" && old.text === card.text && old.kind === card.kind,
    (old, card) => old.address === card.address,
  ];
  for (const fits of tests) {
    if (!left.size) break;
    const byHint = new Map();
    for (const entry of left) {
      for (const hint of new Set([entry.card.address, `text:${entry.card.text}`])) {
        byHint.set(hint, [...(byHint.get(hint) ?? []), entry]);
      }
    }
    for (const card of cards.filter((each) => !found.has(each))) {
      const near = [...(byHint.get(card.address) ?? []), ...(byHint.get(`text:${card.text}`) ?? [])];
      const entry = near.find((each) => left.has(each) && fits(each.card, card));
      if (!entry) continue;
      found.set(card, entry);
      left.delete(entry);
    }
  }
  return { found, left };
};

export class Cards {
  #root;
  #waves;
  #onselect;
  #ongone;
  #sections = new Map();
  #entries = [];
  #pass = 0;
  #titles = new Map();
  #look = { colours: new Map(), language: "", usual_ms: 0 };
  current = null;

  /** `onselect` is called with the entry that keys act on from now on, `ongone` with each whose segment has gone. */
  constructor(root, waves, { onselect, ongone }) {
    this.#root = root;
    this.#waves = waves;
    this.#onselect = onselect;
    this.#ongone = ongone;
  }

  get entries() {
    return this.#entries;
  }

  get open() {
    return this.#entries.filter((entry) => entry.draft);
  }

  find(address) {
    return this.#entries.find((entry) => entry.card.address === address) ?? null;
  }

  /** The entry that an element belongs to. */
  holding(element) {
    return element.closest?.(".card")?.entry ?? null;
  }

  /** The cards from one on to the end of its section. */
  row(entry) {
    return this.#entries
      .slice(this.#entries.indexOf(entry))
      .filter((each) => each.section === entry.section)
      .map((each) => each.card);
  }

  /** Forget all: another script comes. */
  clear() {
    this.#pass += 1;
    this.#entries = [];
    this.current = null;
    for (const { element } of this.#sections.values()) element.remove();
    this.#sections.clear();
  }

  /** Show a script; done once everything stands. */
  async show(script) {
    const pass = (this.#pass += 1);
    this.#look = {
      language: script.language,
      colours: new Map(script.voices.map((voice, at) => [voice.name, (at % COLOURS) + 1])),
      usual_ms: usualPause(script),
    };
    one("#loading", this.#root)?.remove();
    const problems = Map.groupBy(script.problems.filter((each) => each.card), (each) => each.card);
    this.#titles = Map.groupBy(script.problems.filter((each) => !each.card && each.section), (each) => each.section);
    const work = this.#lay(script);
    this.#entries = [];
    let since = performance.now();
    for (const { section, list, card, old, at } of work) {
      const entry = old ?? this.#added();
      if (list.children[at] !== entry.element) list.insertBefore(entry.element, list.children[at] ?? null);
      this.#refresh(entry, section, card, problems.get(card.address) ?? []);
      this.#entries.push(entry);
      if (performance.now() - since < SLICE_MS) continue;
      await nextFrame();
      if (pass !== this.#pass) return;
      since = performance.now();
    }
    if (!this.#entries.includes(this.current)) this.current = null;
  }

  /** A section whose title changed has another id: it is the same one where as many came as went. */
  #rename(wanted) {
    const olds = [...this.#sections.keys()].filter((id) => !wanted.has(id));
    const news = [...wanted].filter((id) => !this.#sections.has(id));
    if (olds.length !== news.length) return;
    olds.forEach((old, at) => {
      this.#sections.set(news[at], this.#sections.get(old));
      this.#sections.delete(old);
    });
  }

  /** Sections in their places, without what is gone; and which card goes where. */
  #lay(script) {
    const work = [];
    const wanted = new Set(script.sections.map((section) => section.id));
    this.#rename(wanted);
    for (const [id, { element, list }] of this.#sections) {
      if (wanted.has(id)) continue;
      for (const child of list.children) this.#ongone(child.entry);
      element.remove();
      this.#sections.delete(id);
    }
    script.sections.forEach((section, place) => {
      const { element, list } = this.#section(section, place);
      const { found, left } = pair([...list.children].map((child) => child.entry), section.cards);
      for (const entry of left) {
        entry.element.remove();
        this.#ongone(entry);
      }
      section.cards.forEach((card, at) => work.push({ section: section.id, list, card, old: found.get(card), at }));
      this.#head(element, section);
    });
    return work;
  }

  #section(section, place) {
    let made = this.#sections.get(section.id);
    if (!made) {
      const list = make("ol", { class: "list" });
      const element = make(
        "section",
        { class: "section" },
        make(
          "header",
          {},
          make("h2", { lang: this.#look.language, dir: "auto" }),
          make("button", { type: "button", class: "tool", "data-do": "edit-title", title: "Edit the title" }, icon("edit")),
          make("span", { class: "quiet time" }),
          make("button", { type: "button", class: "button small", "data-do": "play-section" }, icon("play")),
        ),
        make("div", { class: "notes" }),
        list,
      );
      made = { element, list };
      this.#sections.set(section.id, made);
    }
    if (this.#root.children[place] !== made.element) this.#root.insertBefore(made.element, this.#root.children[place] ?? null);
    return made;
  }

  #head(element, section) {
    const length_s = section.cards.reduce((sum, card) => sum + card.duration_s + (card.pause_ms ?? 0) / 1000, 0);
    const title = one("h2", element);
    element.id = `section:${section.id}`;
    element.dataset.section = section.id;
    element.setAttribute("aria-labelledby", (title.id = `title:${section.id}`));
    title.textContent = section.title;
    one("[data-do=edit-title]", element).setAttribute("aria-label", `Edit the title ${section.title}`);
    one(".time", element).textContent = `${clock(length_s)}${section.chapter ? "" : ", no chapter mark"}`;
    const kind = section.chapter ? "chapter" : "section";
    const button = one("[data-do=play-section]", element);
    button.setAttribute("aria-label", `Play ${kind} ${section.title}`);
    button.replaceChildren(icon("play"), `Play ${kind}`);
    button.hidden = !section.cards.some(soundsNow);
    tellIn(element.children[1], this.#titles.get(section.id) ?? []);
  }

  #added() {
    const face = make("div", { class: "face" });
    const notes = make("div", { class: "notes" });
    const element = make("li", { class: "card", tabindex: "-1" }, face, notes);
    const entry = { element, face, notes, card: null, section: null, signature: null, draft: null };
    element.entry = entry;
    return entry;
  }

  #refresh(entry, section, card, problems) {
    const was = entry.card;
    const now = signature(card, problems, this.#look);
    entry.section = section;
    entry.card = card;
    const isNew = entry.signature !== now;
    if (isNew) {
      entry.signature = now;
      this.#rebuild(entry, problems);
    }
    entry.element.classList.toggle("unspoken", !card.cached && soundsNow(card));
    one(".line", entry.face).textContent = card.line ? `line ${card.line}` : "";
    this.setLength(entry, card.duration_s, card.measured);
    if (isNew || was.key !== card.key || was.cached !== card.cached) this.#drawWave(entry);
  }

  #rebuild(entry, problems) {
    const { card, element, face, notes } = entry;
    const held = face.contains(document.activeElement) ? document.activeElement.dataset : null;
    element.setAttribute("aria-labelledby", `said:${card.address} address:${card.address}`);
    element.dataset.address = card.address;
    element.dataset.kind = card.kind;
    element.classList.toggle("faulty", problems.some((problem) => problem.level !== "warning"));
    fill(face, card, this.#look);
    notes.replaceChildren(...problems.map(problemNote));
    if (held) (all(`[data-do="${held.do}"]`, face).find((each) => each.dataset.field === held.field) ?? element).focus();
  }

  #drawWave(entry) {
    const place = one(".wave", entry.face);
    if (!place) return;
    place.replaceChildren();
    this.#waves.watch(place);
  }

  /** Its sound has been made: it has a wave now. */
  heard(card) {
    for (const entry of this.#entries) {
      if (entry.card.key !== card.key || one(".wave svg", entry.face)) continue;
      entry.card.cached = true;
      entry.element.classList.remove("unspoken");
      this.#drawWave(entry);
    }
  }

  setLength(entry, duration_s, measured) {
    const length = one(".length", entry.face);
    if (!length) return;
    const text = `${measured ? "" : "~"}${clock(duration_s, { tenths: true })}`;
    if (length.textContent === text) return;
    length.textContent = text;
    length.title = measured ? "" : "A guess from the letters: not spoken yet";
  }

  /** A fault that the server told of when a segment was to be heard or saved. */
  fault(entry, error) {
    this.forget(entry);
    const problem = { level: "error", message: error.message, hint: error.hint, line: null };
    entry.notes.append(Object.assign(problemNote(problem), { heard: true }));
  }

  forget(entry) {
    for (const note of [...entry.notes.children].filter((each) => each.heard)) note.remove();
  }

  /** Mark a card as the one that keys act on. */
  select(entry, { focus = true } = {}) {
    if (this.current && this.current !== entry) {
      this.current.element.classList.remove("current");
      this.current.element.removeAttribute("aria-current");
    }
    this.current = entry;
    if (!entry) return;
    entry.element.classList.add("current");
    entry.element.setAttribute("aria-current", "true");
    this.#onselect(entry);
    if (focus) {
      entry.element.focus({ preventScroll: true });
      entry.element.scrollIntoView({ block: "nearest" });
    }
  }

  step(by) {
    const at = this.current ? this.#entries.indexOf(this.current) + by : 0;
    const entry = this.#entries[Math.min(Math.max(at, 0), this.#entries.length - 1)];
    if (entry) this.select(entry);
    return entry;
  }

  /** The card that sounds, or none. */
  mark(entry) {
    for (const element of all(".card.playing", this.#root)) {
      if (element.entry === entry) continue;
      element.classList.remove("playing");
      const button = one("button.play", element);
      if (button) dress(button, "play", `Play ${element.entry.card.address}`);
    }
    if (!entry) return;
    entry.element.classList.add("playing");
    const button = one("button.play", entry.face);
    if (button) dress(button, "stop", `Stop ${entry.card.address}`);
  }

  /** How far a card has sounded, from 0 to 1. */
  progress(entry, part) {
    one(".wave", entry.face)?.style.setProperty("--at", part.toFixed(4));
  }
}


