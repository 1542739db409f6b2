// Elements, times and words, as every part of the page makes them. Text never becomes markup.

export const one = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/** An element; settings are attributes, `class` and `data-*` among them, and functions are listeners. */
export const make = (tag, settings = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(settings)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
};

const SVG = "http://www.w3.org/2000/svg";

export const draw = (tag, settings = {}, ...children) => {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(settings)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

export const icon = (name) => draw("svg", { "aria-hidden": "true" }, draw("use", { href: `#i-${name}` }));

/** A button's picture and its name, both at once: they must not part. */
export const dress = (button, name, label) => {
  const use = one("use", button);
  if (use.getAttribute("href") !== `#i-${name}`) use.setAttribute("href", `#i-${name}`);
  if (button.getAttribute("aria-label") !== label) button.setAttribute("aria-label", label);
};

/** 75.25 -> "1:15"; with tenths "1:15.2". */
export const clock = (seconds, { tenths = false } = {}) => {
  const shown = tenths ? Math.round(Math.max(0, seconds) * 10) / 10 : Math.floor(Math.max(0, seconds) + 0.05);
  const whole = Math.floor(shown);
  const pad = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const text = hours ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
  return tenths ? `${text}.${Math.round(shown * 10) % 10}` : text;
};

export const count = (number, thing) => `${number.toLocaleString("en")} ${thing}${number === 1 ? "" : "s"}`;

/** 600 -> "600 ms", 1500 -> "1.5 s". */
export const pauseText = (ms) => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`);

export const isTyping = (target) =>
  target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
