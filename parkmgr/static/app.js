"use strict";
// Improvements only: every page works without this file.
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    const find = document.getElementById("find");
    if (find) {
      event.preventDefault();
      find.focus();
      find.select();
    }
  }
});
const errors = document.querySelector("[data-focus]");
if (errors) errors.focus();
// A second click on a sent form's button would be a second deed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  window.setTimeout(() => { delete form.dataset.sent; }, 5000);
});
// A select or day marked data-go sends its form when it changes.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-go]") && event.target.form) event.target.form.requestSubmit();
});
// One menu open at a time; a click elsewhere closes it.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.bar-me[open]")) if (!menu.contains(event.target)) menu.open = false;
});
// In the grid of a calendar the arrow keys go from slot to slot; outside of it, left and right turn the page.
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !event.key.startsWith("Arrow")) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  const cell = event.target.closest("[data-grid] td, [data-grid] th");
  if (!cell) {
    const turn = document.querySelector(`[data-arrow="${event.key}"]`);
    if (turn && turn.getAttribute("href") && !event.target.closest(".table-responsive")) {
      event.preventDefault();
      turn.click();
    }
    return;
  }
  const here = event.target.getBoundingClientRect();
  const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  let nearest = null, least = Infinity;
  for (const link of cell.closest("[data-grid]").querySelectorAll("a")) {
    const there = link.getBoundingClientRect();
    const along = x ? x * (there.left - here.left) : y * (there.top - here.top);
    const aside = x ? Math.abs(there.top - here.top) : Math.abs(there.left - here.left);
    if (link !== event.target && along > 1 && along + 8 * aside < least) [nearest, least] = [link, along + 8 * aside];
  }
  if (nearest) {
    event.preventDefault();
    nearest.focus();
  }
});
// In the inbox letters do what its buttons do; a letter that is written is only a letter.
document.addEventListener("keydown", (event) => {
  const queue = document.querySelector("[data-queue]");
  if (!queue || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "Escape" && event.target.closest("[data-queue] textarea, [data-queue] input")) event.target.blur();
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  const key = { n: "j", ArrowDown: "j", ArrowUp: "k" }[event.key] || event.key;
  const meant = ["j", "k", "a", "r", "?"].includes(key) && queue.querySelector(`[data-key="${key}"]`);
  if (!meant) return;
  event.preventDefault();
  if (meant.matches("details")) meant.open = !meant.open;
  else if (meant.matches("textarea, input")) meant.focus();
  else meant.click();
});
// What can be taken back for some seconds goes away after them.
for (const undo of document.querySelectorAll("[data-vanish]")) window.setTimeout(() => undo.remove(), Number(undo.dataset.vanish) * 1000);
