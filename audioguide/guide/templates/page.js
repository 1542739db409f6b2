// What every part of the app uses: the page, its words, and what is remembered of this guide.
"use strict";
const page = (() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const html = document.documentElement;
  const words = JSON.parse(one("#words").textContent);
  const language = html.lang;
  const root = new URL(html.dataset.root, document.baseURI);
  const folder = root.pathname;
  const articles = all("article");
  const stops = articles.map((article) => Number(article.dataset.number));
  const articleOf = (number) => articles[stops.indexOf(number)];

  // What is remembered of this guide; a browser may refuse to
  const recall = (key) => { try { return JSON.parse(localStorage.getItem(`guide:${folder}:${key}`)); } catch { return null; } };
  const keep = (key, value) => { try { localStorage.setItem(`guide:${folder}:${key}`, JSON.stringify(value)); } catch { /* it is forgotten */ } };

  const EARLY_S = 0.05; // a decoder may land this far before the place it was sent to
  const clock = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds + EARLY_S));
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const nameOf = (number) => `${number} ${articleOf(number).dataset.title}`;
  const megabytes = (bytes) => new Intl.NumberFormat(language, {
    style: "unit", unit: bytes < 1e6 ? "kilobyte" : "megabyte", maximumFractionDigits: bytes < 1e6 ? 0 : 1,
  }).format(bytes / (bytes < 1e6 ? 1e3 : 1e6));
  const picture = (name) => {
    const icon = one(".icon").cloneNode(true);
    one("use", icon).setAttribute("href", `#i-${name}`);
    return icon;
  };

  const button = (text, action, kind = "") => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = `button ${kind}`;
    made.textContent = text;
    made.addEventListener("click", action);
    return made;
  };

  return {
    one, all, html, words, language, root, folder, stops, articleOf, recall, keep,
    EARLY_S, clock, fill, nameOf, megabytes, picture, button,
  };
})();
