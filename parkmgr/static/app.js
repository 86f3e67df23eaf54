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
