// The buttons that save stops for later, and what they tell.
"use strict";
const saving = (() => {
  const { one, all, words, language, fill, nameOf, megabytes, picture, button } = page;

  const note = (text) => {
    const made = document.createElement("span");
    made.className = "tell-save";
    made.textContent = text;
    return made;
  };
  const stopsFor = (box) => {
    const list = offline.stopsOf(language);
    return box.dataset.save === "all" ? list : list.filter((stop) => String(stop.number) === box.dataset.save);
  };
  let task = null;

  const save = async (box) => {
    task = new AbortController();
    for (const other of all(".save button")) other.disabled = true; // one thing at a time
    const bar = document.createElement("progress");
    const said = note("");
    bar.setAttribute("aria-label", words.save);
    box.replaceChildren(bar, said, button(words.cancel, () => task?.abort()));
    let failure = "";
    try {
      await offline.save(language, stopsFor(box), {
        signal: task.signal,
        onProgress: (done, size) => {
          bar.max = size;
          bar.value = done;
          said.textContent = fill(words.saving, { done: megabytes(done), size: megabytes(size) });
        },
      });
    } catch (error) {
      failure = { AbortError: "", QuotaExceededError: words.no_room }[error.name] ?? words.save_failed;
    }
    task = null;
    await showSaved(box, failure);
  };

  const showSaved = async (changed = null, failure = "") => {
    const { saved, used } = await offline.state(language);
    for (const box of all("[data-save]")) {
      const list = stopsFor(box);
      const missing = list.filter((stop) => !saved.has(stop.number)).flatMap((stop) => stop.files);
      if (!missing.length) {
        const remove = () => offline.remove(language, list).then(() => showSaved(box));
        const gone = button(words.delete, remove);
        gone.setAttribute("aria-label", box.dataset.save === "all" ? words.delete_all : `${words.delete}: ${nameOf(list[0].number)}`);
        box.replaceChildren(note(`✓ ${words.saved}`), gone);
      } else {
        const isAll = box.dataset.save === "all";
        const size = megabytes(offline.size(missing));
        const text = `${isAll ? words.save_all : words.save} · ${size}`;
        const get = button(box.classList.contains("short") ? size : text, () => save(box), isAll ? "strong" : "");
        get.prepend(picture("offline"));
        if (!isAll) get.setAttribute("aria-label", `${text}: ${nameOf(list[0].number)}`);
        box.replaceChildren(get);
      }
      if (box === changed && failure) box.append(note(failure));
      if (box === changed) one("button", box)?.focus({ preventScroll: true });
    }
    for (const card of all("[data-card]")) one(".kept", card).hidden = !saved.has(Number(card.dataset.card));
    one(".used").textContent = used ? fill(words.saved_size, { size: megabytes(used) }) : "";
    one(".erase-all").hidden = !used;
  };
  one(".erase-all").addEventListener("click", () => offline.removeAll().then(() => showSaved()).then(() => one("#t-offline").focus()));

  // Nobody is interrupted by a new version; but who has just come gets it at once, and who found a sound gone does too
  let update = null;
  let outdated = false;
  let touched = false;
  for (const kind of ["pointerdown", "keydown", "wheel"]) addEventListener(kind, () => { touched = true; }, { once: true, passive: true });
  const offerUpdate = (take) => {
    update = take;
    if (outdated || (!touched && one("#sound").paused)) {
      take();
      return;
    }
    const notice = one(".update");
    notice.replaceChildren(words.update, button(words.load, take));
    notice.hidden = false;
  };

  const start = async () => {
    if (await offline.start(offerUpdate, () => showSaved())) await showSaved();
    else one('[data-save="all"]').replaceChildren(note(words.no_offline));
  };

  const renewPage = () => {
    outdated = true;
    if (update) update();
    else offline.check();
  };

  return { start, renewPage };
})();
