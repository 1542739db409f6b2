// Editing in place. What is typed is never lost: not when the file is saved elsewhere, not when the server says no.

import { Refused } from "./api.js";
import { make, one, pauseText } from "./dom.js";

const USUAL = "usual"; // nothing is written in the segment: section, script or show decide

const number = (value) => (value.trim() === "" ? null : Number(value));
const shown = (show) => (value) => (value === null ? USUAL : show(value));

/** What a card lets a person change: how it is read from the card and from the form, and what it is called. */
const FIELDS = {
  text: { label: "Text", of: (card) => card.text, read: (value) => value, show: String },
  voice: { label: "Voice", of: (card) => card.voice ?? null, read: (value) => value || null, show: shown(String) },
  speed: { label: "Speed", of: (card) => card.speed ?? null, read: number, show: shown((value) => `${value} ×`), from: 0.5, to: 2 },
  pause: { label: "Pause after it, ms", of: (card) => card.pause_ms ?? null, read: number, show: shown(pauseText), from: 0 },
  gain: { label: "Gain, dB", of: (card) => card.gain_db ?? null, read: number, show: shown((value) => `${value} dB`) },
};

const HAS = { speech: ["text", "voice", "speed", "pause", "gain"], sound: ["gain"], pause: ["pause"] };
const fieldsOf = (card) => HAS[card.kind];

const choices = (card, voices) => {
  const known = voices.some((voice) => voice.name === card.voice) || !card.voice ? voices : [{ name: card.voice }, ...voices];
  return [
    ...known.map((voice) => make("option", { value: voice.name }, voice.label || voice.name)),
    make("option", { value: "" }, "the usual voice"),
  ];
};

const quantity = (name) => (card) => {
  const { from, to } = FIELDS[name];
  return make("input", { name, type: "number", min: from, max: to, step: "any", placeholder: USUAL, disabled: !card.editable[name] });
};

const control = {
  text: (card) => make("textarea", { name: "text", rows: "2", dir: "auto", "aria-label": `Text of ${card.address}`, readonly: !card.editable.text }),
  voice: (card, voices) => make("select", { name: "voice", disabled: !card.editable.voice }, ...choices(card, voices)),
  speed: quantity("speed"),
  pause: quantity("pause"),
  gain: quantity("gain"),
};

/** Why fields of this card cannot be changed, each reason once. */
const reasons = (card) => {
  const told = fieldsOf(card).filter((name) => !card.editable[name]).map((name) => card.why_not?.[name] ?? card.read_only_because);
  return [...new Set(told.filter(Boolean))];
};

const labelled = (name, input) =>
  name === "text" ? input : make("label", {}, `${FIELDS[name].label} `, input);

/** One open editor: what the file said when it was opened, and the form that holds what is wanted instead. */
class Draft {
  constructor(card, voices) {
    this.base = Object.fromEntries(fieldsOf(card).map((name) => [name, FIELDS[name].of(card)]));
    this.inputs = Object.fromEntries(fieldsOf(card).map((name) => [name, control[name](card, voices)]));
    for (const [name, input] of Object.entries(this.inputs)) input.value = this.base[name] ?? "";
    this.fault = make("p", { class: "fault", role: "alert", hidden: true });
    this.clash = make("div", { class: "clash", role: "alert", hidden: true });
    this.form = this.#form(card);
  }

  #form(card) {
    const { text, ...others } = this.inputs;
    const isEditable = fieldsOf(card).some((name) => card.editable[name]);
    return make(
      "form",
      { class: "editor", novalidate: true, "aria-label": `Edit ${card.address}` },
      text,
      make("div", { class: "settings" }, ...Object.entries(others).map(([name, input]) => labelled(name, input))),
      ...reasons(card).map((reason) => make("p", { class: "quiet why" }, reason)),
      card.kind === "speech" && card.spoken && card.spoken !== card.text && make("p", { class: "quiet spoken" }, make("b", {}, "Spoken: "), card.spoken),
      this.clash,
      this.fault,
      make(
        "div",
        { class: "buttons" },
        make("button", { class: "button small strong", "data-do": "save", hidden: !isEditable }, card.kind === "pause" ? "Save" : "Save and play"),
        make("button", { type: "button", class: "button small", "data-do": "cancel" }, isEditable ? "Cancel" : "Close"),
        text && make("button", { type: "button", class: "button small", "data-do": "pronounce" }, "Pronounce a word …"),
      ),
    );
  }

  mine(name) {
    return FIELDS[name].read(this.inputs[name].value);
  }

  /** The names of fields that differ from what the file said. */
  get changed() {
    return Object.keys(this.base).filter((name) => !this.inputs[name].disabled && this.mine(name) !== this.base[name]);
  }

  tell(error) {
    this.fault.hidden = !error;
    this.fault.textContent = error ? `${error.message} ${error.hint ?? ""}`.trim() : "";
  }
}

const versions = (names, mine, theirs) =>
  names.map((name) =>
    make(
      "dl",
      { class: "versions" },
      make("div", { class: "mine" }, make("dt", {}, `${FIELDS[name].label}: mine`), make("dd", { dir: "auto" }, FIELDS[name].show(mine(name)))),
      make("div", { class: "theirs" }, make("dt", {}, `${FIELDS[name].label}: in the file`), make("dd", { dir: "auto" }, FIELDS[name].show(theirs(name)))),
    ),
  );

export class Editors {
  #cards;
  #script; // () => the script that is shown
  #change; // (what is wanted) -> the new script
  #onsaved; // (entry, script or null, key before)
  #onscript; // (script): the file's state after a clash

  constructor({ cards, script, change, onsaved, onscript }) {
    this.#cards = cards;
    this.#script = script;
    this.#change = change;
    this.#onsaved = onsaved;
    this.#onscript = onscript;
  }

  /** Open a card's editor, or go to it; `at` is where in the text the cursor goes, its end if none is given. */
  open(entry, { field = null, at = null } = {}) {
    if (!entry.draft) {
      entry.draft = new Draft(entry.card, this.#script().voices);
      entry.draft.form.addEventListener("submit", (event) => { event.preventDefault(); this.save(entry); });
      entry.face.after(entry.draft.form);
      entry.element.classList.add("editing");
      this.#cards.forget(entry);
    }
    const { inputs } = entry.draft;
    const usable = Object.keys(inputs).find((name) => !inputs[name].disabled && !inputs[name].readOnly);
    const input = inputs[field] ?? inputs[usable] ?? Object.values(inputs)[0];
    input.focus();
    if (input.name === "text") input.setSelectionRange(at ?? input.value.length, at ?? input.value.length);
  }

  close(entry) {
    entry.draft?.form.remove();
    entry.draft = null;
    entry.element.classList.remove("editing");
    this.#cards.select(entry);
  }

  /** Save what changed, one field after the other, each on the version that the one before it made. */
  async save(entry) {
    const { draft } = entry;
    if (!draft || draft.saving || !draft.clash.hidden) return;
    const invalid = draft.form.querySelector(":invalid");
    if (invalid) return invalid.reportValidity();
    if (draft.changed.includes("text") && !draft.mine("text").trim()) {
      return draft.tell({ message: "A segment needs words.", hint: "To take it out, delete it in the file." });
    }
    draft.saving = true;
    draft.tell(null);
    const before = entry.card.key;
    let script = null;
    try {
      for (const name of draft.changed) {
        const { name: file, version } = script ?? this.#script();
        script = await this.#change({ name: file, version, address: entry.card.address, field: name, value: draft.mine(name) });
        draft.base[name] = draft.mine(name);
      }
      this.close(entry);
      await this.#onsaved(entry, script, before);
    } catch (error) {
      if (script) await this.#onscript(script); // what was saved before the refusal stands
      await this.#refused(entry, error);
    } finally {
      draft.saving = false;
    }
  }

  async #refused(entry, error) {
    if (!(error instanceof Refused)) throw error;
    if (error.status !== 409) return entry.draft?.tell(error);
    await this.#onscript(error.body.theirs);
    return entry.draft && this.#rebase(entry, { asked: true });
  }

  /** The file was read anew: take over what only it changed, and show both where both did. */
  rebase() {
    for (const entry of this.#cards.open) this.#rebase(entry);
  }

  #rebase(entry, { asked = false } = {}) {
    const { draft, card } = entry;
    const clashing = [];
    for (const name of Object.keys(draft.base)) {
      const theirs = FIELDS[name].of(card);
      const isMine = draft.changed.includes(name);
      if (isMine && theirs !== draft.mine(name) && (asked || theirs !== draft.base[name])) {
        clashing.push(name);
      } else {
        if (!isMine && theirs !== draft.base[name]) draft.inputs[name].value = theirs ?? "";
        draft.base[name] = theirs;
      }
    }
    if (clashing.length) this.#clash(entry, clashing);
    else if (!draft.clash.hidden) this.#settled(draft);
  }

  #clash(entry, names) {
    const { draft, card } = entry;
    const theirs = (name) => FIELDS[name].of(card);
    const isElsewhere = names.every((name) => theirs(name) === draft.base[name]);
    const take = (mine) => {
      for (const name of names) {
        draft.base[name] = theirs(name);
        if (!mine) draft.inputs[name].value = theirs(name) ?? "";
      }
      this.#settled(draft);
      if (mine || draft.changed.length) this.save(entry);
      else this.close(entry);
    };
    draft.clash.replaceChildren(
      make("p", {}, make("b", {}, isElsewhere ? "The file was saved meanwhile." : "This segment was changed in the file meanwhile."), " Nothing has been overwritten."),
      ...versions(names, (name) => draft.mine(name), theirs),
      make(
        "div",
        { class: "buttons" },
        make("button", { type: "button", class: "button small", click: () => take(true) }, "Save mine"),
        make("button", { type: "button", class: "button small", click: () => take(false) }, "Take the file’s"),
      ),
    );
    draft.clash.hidden = false;
    one("[data-do=save]", draft.form).disabled = true;
  }

  #settled(draft) {
    draft.clash.hidden = true;
    draft.clash.replaceChildren();
    one("[data-do=save]", draft.form).disabled = false;
  }

  /** Whether closing the page would lose something. */
  get unsaved() {
    return this.#cards.open.some((entry) => entry.draft.changed.length > 0);
  }
}
