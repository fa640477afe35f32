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

// The code is a password to a telephone's key chain, which keeps and fills in nothing else; and people must be able to see
// what they type. It is hidden until they ask, and shown at once where it came back with a mistake.
for (const input of document.querySelectorAll("[data-remembered]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  const show = (isShown) => {
    input.type = isShown ? "text" : "password";
    button.textContent = isShown ? input.dataset.hide : input.dataset.show;
    button.setAttribute("aria-controls", input.id);
  };
  show(input.value !== "");
  button.addEventListener("click", () => show(input.type === "password"));
  input.after(button);
  // What is submitted as text is not offered to be kept.
  input.form.addEventListener("submit", () => (input.type = "password"));
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
