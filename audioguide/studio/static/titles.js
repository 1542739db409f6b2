// A section's title, edited in its own place.

import { make, one } from "./dom.js";

export class Titles {
  #script;
  #change;
  #onscript;

  constructor({ script, change, onscript }) {
    this.#script = script;
    this.#change = change;
    this.#onscript = onscript;
  }

  /** Open the title of a section's element, or go to it. */
  open(element) {
    const open = one("form.title input", element);
    if (open) return open.focus();
    const input = make("input", { name: "title", required: true, dir: "auto", "aria-label": "Title", autocomplete: "off" });
    const fault = make("p", { class: "fault", role: "alert", hidden: true });
    const form = make(
      "form",
      { class: "title" },
      input,
      make("button", { class: "button small strong" }, "Save"),
      make("button", { type: "button", class: "button small", click: () => this.#close(element) }, "Cancel"),
      fault,
    );
    input.value = one("h2", element).textContent;
    form.addEventListener("submit", (event) => { event.preventDefault(); this.#save(element, input.value.trim(), fault); });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#close(element);
      else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
      else return;
      event.preventDefault();
    });
    one("header", element).prepend(form);
    element.classList.add("titling");
    input.select();
    return undefined;
  }

  #close(element) {
    one("form.title", element)?.remove();
    element.classList.remove("titling");
    one("[data-do=edit-title]", element).focus();
  }

  async #save(element, value, fault) {
    const { name, version, sections } = this.#script();
    const address = element.dataset.section;
    if (sections.find((section) => section.id === address)?.title === value) return this.#close(element);
    try {
      const script = await this.#change({ name, version, address, field: "title", value });
      await this.#onscript(script);
      return this.#close(element);
    } catch (error) {
      if (error.status === 409) await this.#onscript(error.body.theirs);
      const told = error.status === 409
        ? `The file was saved meanwhile; nothing has been overwritten. Mine: ${value}. In the file: ${one("h2", element).textContent}. Save again to keep mine.`
        : `${error.message} ${error.hint ?? ""}`;
      fault.textContent = told.trim();
      fault.hidden = false;
      return undefined;
    }
  }
}
