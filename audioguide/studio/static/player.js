// One sound at a time: a segment, a row of segments, or the built episode.
// The next segment of a row is fetched, and so spoken, while this one sounds.

import { Refused, loadSound, soundAddress } from "./api.js";
import { soundsNow } from "./cards.js";

const KEPT = 12; // sounds of segments held in memory, to follow on without a gap
const ENDLESS_S = 7200; // a sound that is still being spoken says that it goes on for hours

export class Player extends EventTarget {
  #audio;
  #name = null;
  #row = [];
  #sounds = new Map();
  #frame = 0;
  #begin_s = 0;
  /** What sounds: null, {card} or {episode: true}. */
  now = null;

  constructor(audio) {
    super();
    this.#audio = audio;
    audio.addEventListener("playing", () => this.#follow());
    audio.addEventListener("suspend", () => this.#heard()); // all of it has come
    audio.addEventListener("ended", () => this.#ended());
    audio.addEventListener("error", () => this.#failed());
    audio.addEventListener("loadedmetadata", () => this.#place());
    audio.addEventListener("timeupdate", () => this.#tell("tick"));
  }

  get at_s() {
    return this.#audio.currentTime;
  }

  get duration_s() {
    const { duration } = this.#audio;
    const card = this.now?.card;
    return Number.isFinite(duration) && !(card && duration > ENDLESS_S) ? duration : card?.duration_s ?? 0;
  }

  open(name) {
    this.stop();
    this.#name = name;
  }

  /** Play segments one after the other. Pauses between them are part of their sounds. */
  playRow(cards, { at_s = 0 } = {}) {
    this.#row = cards.filter(soundsNow);
    this.#begin_s = at_s;
    this.#advance();
  }

  playEpisode(media, { at_s = 0 } = {}) {
    this.#row = [];
    this.#begin_s = at_s;
    this.now = { episode: true, media };
    this.#start(media);
  }

  /** Go to another place in what sounds. */
  seek(at_s) {
    this.#audio.currentTime = at_s;
    this.#tell("tick");
  }

  stop() {
    this.#row = [];
    this.#audio.pause();
    this.#rest();
  }

  #advance() {
    const card = this.#row.shift();
    if (!card) return this.#rest();
    this.now = { card };
    const kept = this.#sounds.get(card.key);
    return this.#start(kept ?? soundAddress(this.#name, card));
  }

  #start(address) {
    this.#audio.src = address;
    this.#tell("change");
    this.#audio.play().catch(() => {}); // stopped, or failed: that event tells
  }

  #place() {
    if (this.#begin_s > 0) this.#audio.currentTime = this.#begin_s;
    this.#begin_s = 0;
  }

  #follow() {
    this.#heard();
    if (this.#row.length) this.#fetchAhead(this.#row[0]);
    cancelAnimationFrame(this.#frame);
    const step = () => {
      if (this.#audio.paused) return;
      this.#tell("tick");
      this.#frame = requestAnimationFrame(step);
    };
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) step();
  }

  #heard() {
    const card = this.now?.card;
    if (card) this.#tell("heard", { card });
  }

  async #fetchAhead(card) {
    if (!card.key || this.#sounds.has(card.key)) return;
    try {
      const sound = await loadSound(soundAddress(this.#name, card));
      this.#sounds.set(card.key, URL.createObjectURL(sound));
    } catch {
      return; // its own turn will tell
    }
    for (const [key, address] of this.#sounds) {
      if (this.#sounds.size <= KEPT) break;
      this.#sounds.delete(key);
      URL.revokeObjectURL(address);
    }
  }

  #ended() {
    this.#heard();
    if (this.#row.length) this.#advance();
    else this.#rest();
  }

  #rest() {
    cancelAnimationFrame(this.#frame);
    const was = this.now;
    this.now = null;
    if (was) this.#tell("change");
  }

  /** The element does not say why; the same address asked for again does. */
  async #failed() {
    const was = this.now;
    if (!was) return;
    this.stop();
    let error = new Error("This sound cannot be played.");
    try {
      await loadSound(was.card ? soundAddress(this.#name, was.card) : was.media);
    } catch (reason) {
      if (reason instanceof Refused) error = reason;
    }
    this.#tell("fail", { ...was, error });
  }

  #tell(kind, detail = {}) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
