(() => {
  "use strict";
  const player = document.getElementById("player");
  const chart = document.getElementById("chart");
  const pointer = document.getElementById("pointer");
  const playhead = document.getElementById("playhead");
  const readout = document.getElementById("readout");
  const duration = Number(chart.dataset.duration);
  const rows = [...document.querySelectorAll(".segments [data-at]")].map((link) => ({
    start: Number(link.dataset.at), end: Number(link.dataset.end), row: link.closest("tr"),
  }));
  const clock = (seconds) => {
    const whole = Math.floor(seconds), pad = (n) => String(n).padStart(2, "0");
    const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
    return hours ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
  };
  const place = (line, seconds) => {
    const x = seconds < 0 ? "-1" : `${(seconds / duration) * 100}%`;
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
  };
  const at = (event) => {
    const box = chart.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * duration;
  };
  const segment = (seconds) => rows.find((one) => seconds >= one.start && seconds < one.end);
  const play = (seconds) => {
    player.currentTime = seconds;
    player.play().catch(() => {});
  };
  document.documentElement.classList.add("js");
  chart.addEventListener("click", (event) => play(at(event)));
  chart.addEventListener("pointermove", (event) => {
    const seconds = at(event), found = segment(seconds);
    place(pointer, seconds);
    readout.hidden = false;
    readout.textContent = clock(seconds) + (found ? `  ${found.row.querySelector("code").textContent}  ${found.row.querySelector(".text").textContent}` : "  pause");
  });
  chart.addEventListener("pointerleave", () => { place(pointer, -1); readout.hidden = true; });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-at]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    play(Number(link.dataset.at));
  });
  let current;
  player.addEventListener("timeupdate", () => {
    place(playhead, player.currentTime);
    const found = segment(player.currentTime)?.row;
    if (found === current) return;
    current?.classList.remove("now");
    found?.classList.add("now");
    current = found;
  });
})();
