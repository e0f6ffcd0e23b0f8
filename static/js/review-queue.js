/* The review queue by keyboard: each key presses a button or follows a link that is on the
   page. Whoever is disturbed by it switches the keys off; the browser remembers that. */
"use strict";

(() => {
  const hint = document.querySelector("[data-keys]");
  const toggle = hint?.querySelector("[data-keys-switch]");
  if (!hint || !toggle) return;

  const STORED = "review-queue-keys-off";
  const ACTS = { a: "approve", q: "ask_partner", r: "refuse" };
  const LINKS = { j: "next", k: "prev" };

  let off = false;
  try {
    off = localStorage.getItem(STORED) === "1";
  } catch {
    // Without a memory the keys are on.
  }
  const show = () => toggle.setAttribute("aria-pressed", String(!off));

  toggle.addEventListener("click", () => {
    off = !off;
    try {
      localStorage.setItem(STORED, off ? "1" : "0");
    } catch {
      // It holds for this page.
    }
    show();
  });

  const meant = (key) => {
    if (Object.hasOwn(LINKS, key)) {
      return document.querySelector(`.review-queue a[rel=${LINKS[key]}]`);
    }
    if (!Object.hasOwn(ACTS, key)) return null;
    const name = document.querySelector(
      `.object-tools input[name=action][value=${ACTS[key]}]`,
    );
    return name?.form.querySelector("button") ?? null;
  };

  document.addEventListener("keydown", (event) => {
    if (off || event.repeat || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    const found = meant(event.key);
    if (!found) return;
    event.preventDefault();
    found.click();
  });

  show();
  hint.hidden = false;
})();
