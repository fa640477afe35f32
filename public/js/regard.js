// Improves a few things; every page works without it.
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const said = document.querySelector("[data-said]");
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.copied;
      if (said) said.textContent = button.dataset.copied;
    } catch {
      button.hidden = true;
    }
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A refused form: the reader starts at what is wrong.
document.querySelector(".error-summary")?.focus();

// The receipt's QR code carries reference and code after the “#”, which no server is sent. They are typed in for the
// reader, and erased from the address and the history at once.
const opening = document.querySelector("[data-open-from-fragment]");
if (opening && location.hash.includes("/")) {
  const [reference, secret] = decodeURIComponent(location.hash.slice(1)).split("/");
  history.replaceState(null, "", location.pathname + location.search);
  opening.elements.reference.value = reference;
  opening.elements.secret.value = secret;
  opening.querySelector("button").focus();
}
