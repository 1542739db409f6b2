// Waveforms: fetched when they come into sight, three at a time, and kept by the key of their sound.

import { loadWave } from "./api.js";
import { draw } from "./dom.js";

const AT_ONCE = 3; // a browser opens six connections to one server; sound and events need theirs
const BINS = 160;
const HEIGHT = 32;

/** Peaks -> an outline that is symmetric about the middle. Silence stays visible as a thin line. */
export const outline = (peaks, height = HEIGHT) => {
  const middle = height / 2;
  const reach = (peak) => Math.max(0.4, Math.min(1, peak) * (middle - 0.5));
  const above = peaks.map((peak, at) => `${at},${(middle - reach(peak)).toFixed(1)}`);
  const below = peaks.map((peak, at) => `${at},${(middle + reach(peak)).toFixed(1)}`).reverse();
  return `M${above.join(" ")} ${below.join(" ")}Z`;
};

export const picture = (peaks, height = HEIGHT) =>
  draw(
    "svg",
    { viewBox: `0 0 ${peaks.length - 1} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    draw("path", { d: outline(peaks, height) }),
  );

/** Draws the waves of cards as they scroll into sight. `cardOf` is a function: place -> card. */
export class Waves {
  #cardOf;
  #name;
  #onlength;
  #kept = new Map();
  #asked = new Map();
  #waiting = new Set();
  #busy = 0;
  #observer = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: "200px" });

  constructor(cardOf, { onlength }) {
    this.#cardOf = cardOf;
    this.#onlength = onlength;
  }

  /** Another script. */
  open(name) {
    this.#name = name;
    this.#waiting.clear();
  }

  /** A place to draw in; what is known of it is drawn at once. */
  watch(place) {
    this.#observer.unobserve(place); // observed anew, it is told of again
    if (!this.#show(place)) this.#observer.observe(place);
  }

  #seen(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.#waiting.add(target);
      else this.#waiting.delete(target);
    }
    this.#next();
  }

  #show(place) {
    const card = this.#cardOf(place);
    const wave = card && this.#kept.get(card.key);
    if (!wave) return false;
    place.replaceChildren(picture(wave.peaks));
    this.#observer.unobserve(place);
    this.#onlength(place, wave.duration_s);
    return true;
  }

  #next() {
    for (const place of this.#waiting) {
      if (this.#busy >= AT_ONCE) return;
      this.#waiting.delete(place);
      const card = place.isConnected && this.#cardOf(place);
      if (card && card.cached && !this.#show(place)) this.#fetch(place, card);
    }
  }

  async #fetch(place, card) {
    const asked = this.#asked.get(card.key) ?? this.#ask(card);
    if (await asked.catch(() => null)) this.#show(place);
    else this.#observer.unobserve(place); // not spoken after all: its sound is awaited
  }

  #ask(card) {
    this.#busy += 1;
    const asked = loadWave(this.#name, card, BINS)
      .then((wave) => wave.peaks.length > 1 && this.#kept.set(card.key, wave))
      .finally(() => {
        this.#busy -= 1;
        this.#asked.delete(card.key);
        this.#next();
      });
    this.#asked.set(card.key, asked);
    return asked;
  }
}
