// The script's own pronunciations: a list, and a small form for one word.

import { make, one } from "./dom.js";

export class Words {
  #script;
  #change;
  #onsaved;
  #onscript;
  #list = one("#words");
  #dialog = one("#word");
  #form = one("#word-form");
  #fault = one("#word-form .fault");

  constructor({ script, change, onsaved, onscript }) {
    this.#script = script;
    this.#change = change;
    this.#onsaved = onsaved;
    this.#onscript = onscript;
    one("#add-word").addEventListener("click", () => this.open());
    one("[data-do=remove]", this.#form).addEventListener("click", () => this.#save(null));
    one("[data-do=close]", this.#form).addEventListener("click", () => this.#dialog.close());
    this.#list.addEventListener("click", (event) => {
      const row = event.target.closest("button");
      if (row) this.open(row.dataset.word);
    });
    this.#form.addEventListener("submit", (event) => { event.preventDefault(); this.#save(this.#form.elements.value.value.trim()); });
    this.#dialog.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#form.requestSubmit();
    });
  }

  show(script) {
    const rows = Object.entries(script.pronounce).map(([word, spoken]) =>
      make("li", {}, make("button", { type: "button", class: "pair", "data-word": word, title: "Change" }, make("b", {}, word), " ", make("span", {}, spoken))),
    );
    const had = document.activeElement?.dataset?.word;
    this.#list.replaceChildren(...rows);
    if (had !== undefined) [...this.#list.querySelectorAll("button")].find((row) => row.dataset.word === had)?.focus();
  }

  /** Ask for a word's spoken form. `entry` is the card to hear it on, where there is one. */
  open(word = "", entry = null) {
    this.entry = entry;
    const { word: name, value } = this.#form.elements;
    name.value = word;
    value.value = this.#script().pronounce[word] ?? this.#script().pronounce[word.toLowerCase()] ?? "";
    one("[data-do=remove]", this.#form).hidden = !Object.hasOwn(this.#script().pronounce, word);
    this.#tell("");
    this.#dialog.showModal();
    (word ? value : name).focus();
  }

  #tell(text) {
    this.#fault.textContent = text;
    this.#fault.hidden = !text;
  }

  /** `value` null: the word is spoken as it is written again. */
  async #save(value) {
    const { name, version } = this.#script();
    const wanted = { word: this.#form.elements.word.value.trim(), value };
    try {
      const script = await this.#change({ name, version, field: "pronounce", ...wanted });
      this.#dialog.close();
      await this.#onsaved(this.entry, script, wanted.word);
    } catch (error) {
      if (error.status !== 409) return this.#tell(`${error.message} ${error.hint ?? ""}`.trim());
      const { theirs } = error.body;
      await this.#onscript(theirs);
      const there = theirs.pronounce[wanted.word];
      this.#tell(`The file was saved meanwhile; nothing has been overwritten. Mine: ${wanted.value ?? "taken out"}. In the file: ${there ?? "not in the list"}. Save again to keep mine.`);
    }
  }
}
