// The server's events; what is said while it is gone, and how the page goes on when it is back.

import { renewToken } from "./api.js";
import { one } from "./dom.js";

const AGAIN_MS = 1500; // between two attempts, where the browser makes none by itself
const GONE =
  "The studio’s server does not answer. Nothing can be saved or heard until it is started again. What you typed stays here, and the page goes on by itself.";

const tell = (text) => {
  const box = one("#gone");
  if (box.textContent !== text) box.textContent = text;
  box.hidden = !text;
};

/** A server that was started anew has to be asked for its page first: its token is another. */
const again = async (hooks) => {
  await renewToken().catch(() => {}); // the events tell whether it is there
  listen(hooks, { isGone: true });
};

/** Calls `changed` and `build` with what the server tells, `gone` when it goes and `back` when it is there again. */
export const listen = (hooks, { isGone = false } = {}) => {
  const events = new EventSource("/api/events");
  for (const kind of ["changed", "build"]) events.addEventListener(kind, ({ data }) => hooks[kind](JSON.parse(data)));
  events.addEventListener("open", async () => {
    if (!isGone) return;
    isGone = false;
    tell("");
    await hooks.back();
  });
  events.addEventListener("error", () => {
    if (!isGone) {
      isGone = true;
      tell(GONE);
      hooks.gone();
    }
    if (events.readyState !== EventSource.CLOSED) return; // it tries again by itself
    setTimeout(() => again(hooks), AGAIN_MS);
  });
};
