// The built episode: its wave, chapter marks and playhead; and the build, part after part.

import { loadWave, startBuild, stopBuild } from "./api.js";
import { clamp, clock, count, dress, make, one } from "./dom.js";
import { picture } from "./wave.js";

const BINS = 900;
const HEIGHT = 64;
const STEP_S = 5;
const PAGE_S = 30;

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

export class EpisodePanel {
  #player;
  #script = null;
  #drawn = null;
  #panel = one("#episode");
  #slider = one("#slider");
  #marks = one("#marks");
  #note = one("#episode-note");
  #button = one("#play-episode");

  constructor(player) {
    this.#player = player;
    this.#button.addEventListener("click", () => this.toggle());
    this.#slider.addEventListener("click", (event) => this.#play(this.#timeAt(event)));
    this.#slider.addEventListener("keydown", (event) => this.#key(event));
    this.#marks.addEventListener("click", (event) => {
      const mark = event.target.closest("button");
      if (mark) this.#play(Number(mark.dataset.at));
    });
  }

  get #facts() {
    return this.#script.episode;
  }

  get #sounds() {
    return this.#player.now?.episode === true;
  }

  /** Whether somebody may be looking at it. */
  get inSight() {
    return !this.#panel.hidden && this.#panel.getBoundingClientRect().bottom > 0;
  }

  show(script) {
    this.#script = script;
    const { built, stale, duration_s: length_s, media } = this.#facts;
    this.#panel.hidden = !built || !media;
    if (this.#panel.hidden) return;
    this.#panel.classList.toggle("stale", stale);
    this.#slider.setAttribute("aria-valuemax", length_s.toFixed(1));
    this.#mark();
    this.tick();
    this.#draw(`${script.name} ${media} ${length_s}`);
  }

  /** The episode was built anew: its sound is another one. */
  forget() {
    this.#drawn = null;
  }

  async #draw(identity) {
    if (this.#drawn === identity) return;
    this.#drawn = identity;
    try {
      const wave = await loadWave(this.#script.name, null, BINS);
      if (this.#drawn === identity) this.#slider.replaceChildren(picture(wave.peaks, HEIGHT));
    } catch {
      this.#drawn = null;
    }
  }

  #mark() {
    const { chapters, duration_s: length_s } = this.#facts;
    const marks = chapters.map((chapter) => {
      const name = `${chapter.title}, ${clock(chapter.start_s)}`;
      const mark = make("li", {}, make("button", { type: "button", "data-at": chapter.start_s, title: name, "aria-label": `Play ${name}` }, chapter.title));
      mark.style.left = `${(100 * chapter.start_s) / length_s}%`;
      mark.style.width = `${(100 * (chapter.end_s - chapter.start_s)) / length_s}%`;
      return mark;
    });
    this.#marks.replaceChildren(...marks);
  }

  chapterAt(at_s) {
    return this.#facts.chapters.findLast((chapter) => chapter.start_s <= at_s + 0.05);
  }

  #timeAt(event) {
    const box = this.#slider.getBoundingClientRect();
    return clamp((event.clientX - box.left) / box.width, 0, 1) * this.#facts.duration_s;
  }

  #play(at_s) {
    if (this.#sounds) this.#player.seek(at_s);
    else this.#player.playEpisode(this.#facts.media, { at_s });
  }

  toggle() {
    if (this.#sounds) this.#player.stop();
    else this.#play(0);
  }

  #key(event) {
    const now = this.#sounds ? this.#player.at_s : 0;
    const length_s = this.#facts.duration_s;
    const goal = {
      ArrowRight: now + STEP_S, ArrowUp: now + STEP_S, ArrowLeft: now - STEP_S, ArrowDown: now - STEP_S,
      PageUp: now + PAGE_S, PageDown: now - PAGE_S, Home: 0, End: length_s - 0.5,
    }[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    this.#play(clamp(goal, 0, length_s - 0.5));
  }

  tick() {
    if (this.#panel.hidden || !this.#script) return;
    const { duration_s: length_s, stale } = this.#facts;
    const at_s = this.#sounds ? this.#player.at_s : 0;
    const chapter = this.chapterAt(at_s);
    this.#panel.classList.toggle("sounding", this.#sounds);
    this.#panel.style.setProperty("--at", (at_s / length_s).toFixed(5));
    this.#slider.setAttribute("aria-valuenow", at_s.toFixed(0));
    this.#slider.setAttribute("aria-valuetext", [clock(at_s), chapter?.title].filter(Boolean).join(", "));
    const note = `${this.#sounds ? `${clock(at_s)} of ` : ""}${clock(length_s)}${stale ? " · as last built; the script has changed since" : ""}`;
    if (this.#note.textContent !== note) this.#note.textContent = note;
    dress(this.#button, this.#sounds ? "stop" : "play", this.#sounds ? "Stop the episode" : "Play the episode");
  }
}

const SUMMARY = [
  ["minutes", (value) => `${value.toFixed(1)} minutes`],
  ["bytes", megabytes],
  ["loudness_lufs", (value) => `${value.toFixed(1)} LUFS`.replace("-", "−")],
  ["spoken", (value) => `${value.toLocaleString("en")} spoken`],
  ["reused", (value) => `${value.toLocaleString("en")} reused`],
];

export class Build {
  #name;
  #ondone;
  #button = one("#build");
  #stop = one("#stop-build");
  #panel = one("#progress");
  #bar = one("#done");
  #parts = one("#parts");
  #summary = one("#summary");

  /** `name` tells which script is shown; `ondone` is called once its episode is there. */
  constructor({ name, ondone }) {
    this.#name = name;
    this.#ondone = ondone;
    this.#button.addEventListener("click", () => this.start());
    this.#stop.addEventListener("click", () => { this.#stop.disabled = true; this.#ask(stopBuild(this.#name())); });
  }

  start() {
    this.#say("");
    this.#running(true);
    this.#step({ done: 0, total: 0, left_s: null });
    this.#ask(startBuild(this.#name()), () => this.#running(false));
  }

  async #ask(asked, onfail = () => {}) {
    try {
      await asked;
    } catch (error) {
      onfail();
      this.#say(`${error.message} ${error.hint ?? ""}`.trim(), { isFault: true });
    }
  }

  /** What the server tells of a build, of this page's or another's asking. */
  hear(event) {
    if (event.name !== this.#name()) return;
    const acts = {
      planned: () => this.#step(event),
      part: () => this.#step(event),
      done: () => this.#finish(this.#told(event.summary ?? {})),
      stopped: () => this.#finish("The build was stopped. What was spoken is kept."),
      failed: () => this.#finish(`The build failed. ${event.error?.message ?? event.error ?? ""} ${event.error?.hint ?? ""}`.trim(), { isFault: true }),
    };
    acts[event.state]?.();
  }

  /** The server is gone, or was started anew: nothing builds any more. */
  lost() {
    if (!this.#panel.hidden) this.#finish("");
  }

  #running(is) {
    this.#panel.hidden = !is;
    this.#stop.hidden = !is;
    this.#stop.disabled = false;
    if (is && document.activeElement === this.#button) this.#stop.focus();
    if (!is && document.activeElement === this.#stop) this.#button.focus();
    this.#button.hidden = is;
  }

  #step({ done, total, left_s }) {
    if (this.#panel.hidden) this.#running(true);
    if (total) {
      this.#bar.max = total;
      this.#bar.value = done;
    } else {
      this.#bar.removeAttribute("value");
    }
    const left = Number.isFinite(left_s) ? ` · about ${clock(Math.ceil(left_s))} left` : "";
    this.#parts.textContent = total ? `${done.toLocaleString("en")} of ${count(total, "part")}${left}` : "Planning …";
  }

  #told(summary) {
    const parts = SUMMARY.filter(([key]) => Number.isFinite(summary[key])).map(([key, show]) => show(summary[key]));
    return `Built: ${parts.join(" · ")}`;
  }

  #finish(text, settings) {
    this.#running(false);
    this.#say(text, settings);
    this.#ondone();
  }

  #say(text, { isFault = false } = {}) {
    this.#summary.textContent = text;
    this.#summary.classList.toggle("fault", isFault);
  }
}
