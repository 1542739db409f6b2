// What has to be told at the top: problems that no card can show, and texts whose segments have gone.

import { cardsOf, tellIn } from "./cards.js";
import { all, count, make, one } from "./dom.js";

const asProblem = (error) => ({ level: "error", message: error.message, hint: error.hint, line: null });

export const tellError = (error) => tellIn(one("#notices"), [asProblem(error)]);

/** Problems that belong to no card and no section; and how many there are in all. */
export const tellProblems = (script) => {
  const known = new Set([...script.sections.map((section) => section.id), ...cardsOf(script).map((card) => card.address)]);
  tellIn(one("#notices"), script.problems.filter((problem) => !known.has(problem.card ?? problem.section)));
  const errors = script.problems.filter((problem) => problem.level !== "warning").length;
  one("#trouble").hidden = script.problems.length === 0;
  one("#trouble").textContent = errors ? count(errors, "error") : count(script.problems.length, "warning");
};

/** To the next problem after the one that was shown last; errors before warnings. */
export const nextTrouble = (cards) => {
  const notes = all(one(".problem.error") ? ".problem.error" : ".problem");
  const note = notes[notes.findIndex((each) => each.matches(".visited")) + 1] ?? notes[0];
  for (const each of notes) each.classList.toggle("visited", each === note);
  const entry = note && cards.holding(note);
  if (entry) cards.select(entry);
  note?.scrollIntoView({ block: "center" });
};

/** A segment that went from the file while its text was being edited: the text stays until it is let go. */
export const keepText = ({ draft, card }) => {
  if (!draft?.changed.includes("text")) return;
  const note = make(
    "div",
    { class: "orphan problem error", role: "alert" },
    make("p", {}, make("b", {}, `${card.address} is no longer in the file.`), " What you typed:"),
    make("textarea", { readonly: true, rows: "3", "aria-label": `Unsaved text of ${card.address}` }),
    make("button", { type: "button", class: "button small", click: () => note.remove() }, "Let it go"),
  );
  one("textarea", note).value = draft.mine("text");
  one("#notices").prepend(note);
};
