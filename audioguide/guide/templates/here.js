// Where the visitor is, for those who ask, and only while they look at the map. Nobody else is told.
"use strict";
const here = (() => {
  const { one, all, words, fill } = page;
  const chart = one(".map");
  const where = one(".where");
  let watch = null;

  const show = ({ coords }) => {
    const value = (name) => Number(chart.dataset[name]);
    const east = ((coords.longitude - value("longitude") + 540) % 360) - 180;
    const x = value("x") + east * value("east");
    const y = value("y") + (value("latitude") - coords.latitude) * value("south");
    const { width, height } = chart.viewBox.baseVal;
    const inside = x >= 0 && x <= width && y >= 0 && y <= height;
    const mark = one(".here", chart);
    mark.toggleAttribute("hidden", !inside);
    for (const circle of all("circle", mark)) {
      circle.setAttribute("cx", x);
      circle.setAttribute("cy", y);
    }
    one(".about-here", mark).setAttribute("r", coords.accuracy * value("metre"));
    one("span", where).textContent = inside ? fill(words.here, { metres: Math.ceil(coords.accuracy) }) : words.outside;
  };

  const forget = () => {
    if (watch === null) return;
    navigator.geolocation.clearWatch(watch);
    watch = null;
    one(".here", chart).toggleAttribute("hidden", true);
    one("span", where).textContent = "";
    one("button", where).setAttribute("aria-pressed", "false");
  };

  if (chart && window.isSecureContext && navigator.geolocation) {
    where.hidden = false;
    one("button", where).addEventListener("click", () => {
      if (watch !== null) {
        forget();
        return;
      }
      one("button", where).setAttribute("aria-pressed", "true");
      const lost = (error) => { // refused; or not found just now, as under a roof
        if (error.code === error.PERMISSION_DENIED) forget();
        one("span", where).textContent = words.nowhere;
      };
      watch = navigator.geolocation.watchPosition(show, lost, { enableHighAccuracy: true });
    });
  }

  return { forget };
})();
