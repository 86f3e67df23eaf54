"use strict";
// Before the first paint: the theme that was chosen, or the system's.
if (document.documentElement.dataset.theme === "auto" && window.matchMedia("(prefers-color-scheme: dark)").matches) {
  document.documentElement.dataset.bsTheme = "dark";
}
