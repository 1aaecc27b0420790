// Entry: each module works alone, and the pages work without any of them.
import "./split.js";
import "./swap.js";
import "./keys.js";
import "./evidence.js";
import "./bannettes.js";
import "./review.js";
import "./drop.js";
import "./live.js";
import "./lot.js";
import "./palette.js";
import "./time.js";

document.documentElement.classList.add("scripted");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-open]");
  if (button) document.getElementById(button.dataset.open)?.showModal();
});

// Lists of choices that answer at once.
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-submit], input[data-submit]")) event.target.form.requestSubmit();
});

// What opens over the page (the rest of the menu, the saved views) closes when something else is done.
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll(".more[open], .opens[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.querySelector(".more[open], .opens[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
