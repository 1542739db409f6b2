// What the page asks the server for. Every change carries the token and the version of the file that it was made on.

/** An answer that is not what was asked for; `status` is 0 where there was none. */
export class Refused extends Error {
  constructor(status, body) {
    const told = body?.error ?? {};
    super(told.message ?? (typeof told === "string" ? told : "The server did not answer."));
    this.status = status;
    this.body = body;
    this.hint = told.hint ?? null;
  }
}

const token = { value: document.querySelector('meta[name="studio-token"]').content };

const ask = async (address, settings) => {
  let answer;
  try {
    answer = await fetch(address, settings);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, null);
  }
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => null));
  return answer;
};

const get = async (address, settings) => (await ask(address, settings)).json();

const post = (address, body) =>
  ask(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Studio-Token": token.value },
    body: JSON.stringify(body),
  });

const address = (path, terms) => `${path}?${new URLSearchParams(terms)}`;

/** The token that the server has now; it comes with the page. */
export const renewToken = async () => {
  const page = new DOMParser().parseFromString(await (await ask("/")).text(), "text/html");
  token.value = page.querySelector('meta[name="studio-token"]').content;
};

export const listScripts = async () => (await get("/api/scripts")).scripts;
export const loadScript = (name) => get(address("/api/script", { name }));
export const loadWave = (name, card, bins, signal) =>
  get(address("/api/wave", card ? { name, address: card.address, bins, key: card.key } : { name, bins }), { signal });
/** The key is in the address so that a browser never plays what it kept of an older text. */
export const soundAddress = (name, card) => address("/api/sound", { name, address: card.address, key: card.key });
export const loadSound = async (where) => (await ask(where)).blob();
export const edit = async (change) => (await post("/api/edit", change)).json();
export const startBuild = (name) => post("/api/build", { name });
export const stopBuild = (name) => post("/api/build/stop", { name });
