// Shortcuts of the operators' console. Every page works without them, and whoever is disturbed by them turns them off.
"use strict";

{
  const key = "regard-shortcuts-off";
  const hints = document.querySelectorAll("[data-keys]");
  const rows = [...document.querySelectorAll("[data-row]")];
  let isOff = localStorage.getItem(key) === "yes";

  const say = () => {
    for (const button of document.querySelectorAll("[data-keys-switch]")) {
      button.textContent = isOff ? button.dataset.on : button.dataset.off;
    }
  };
  for (const hint of hints) hint.hidden = false;
  for (const button of document.querySelectorAll("[data-keys-switch]")) {
    button.addEventListener("click", () => {
      isOff = !isOff;
      localStorage.setItem(key, isOff ? "yes" : "no");
      say();
    });
  }
  say();

  const rowOfFocus = () => rows.findIndex((row) => row.contains(document.activeElement));
  const goTo = (index) => rows[Math.max(0, Math.min(index, rows.length - 1))]?.querySelector("a")?.focus();

  const inList = {
    j: () => goTo(rowOfFocus() + 1),
    k: () => goTo(rowOfFocus() - 1),
    x: () => rows[rowOfFocus()]?.querySelector("input[type=checkbox]")?.click(),
    "/": () => document.querySelector("#q")?.focus(),
  };

  document.addEventListener("keydown", (event) => {
    if (isOff || hints.length === 0 || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    if (typing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (rows.length > 0 && inList[event.key]) {
      inList[event.key]();
      event.preventDefault();
      return;
    }
    const target = [...document.querySelectorAll("[data-key]")].find((element) => element.dataset.key === event.key);
    if (!target) return;
    event.preventDefault();
    // What decides is focused, and pressed by the reader; the rest is done at once.
    if (target.matches("textarea, [data-key-focus]")) target.focus();
    else target.click();
    // What unfolds is gone on with at its first field.
    if (target.matches("summary")) target.parentElement.querySelector("select, textarea, input:not([type=hidden])")?.focus();
    target.scrollIntoView({ block: "nearest" });
  });
}
