// Cutting a stack by keyboard: arrows move between pages, space or s says that a document begins,
// e leaves the page out, Enter accepts. Before keys.js, which sees only what is not handled here.

const stack = () => document.querySelector("body.split-page #split");
const pages = () => [...document.querySelectorAll("#sheets .page")];
const current = () => Math.max(0, pages().findIndex((page) => page.contains(document.activeElement)));

/** Focus on a page's own box. */
function go(to) {
  const all = pages();
  const page = all[Math.min(Math.max(to, 0), all.length - 1)];
  page?.querySelector("[data-begins]")?.focus();
  page?.scrollIntoView({ block: "nearest" });
}

/** How many pages stand in one row. */
function across() {
  const all = pages();
  const next = all.findIndex((page) => page.offsetTop > all[0].offsetTop);
  return next < 1 ? all.length : next;
}

function toggle(which) {
  pages()[current()]?.querySelector(which)?.click();
}

/** The button says how many documents there will be. */
function count() {
  const told = document.getElementById("split-count");
  if (!told) return;
  let documents = 0;
  for (const page of pages()) {
    if (page.querySelector("[data-out]").checked) continue;
    if (!documents || page.querySelector("[data-begins]").checked) documents += 1;
  }
  told.textContent = documents < 2 ? told.dataset.one : told.dataset.many.replace("{n}", documents);
}

document.addEventListener("change", (event) => event.target.matches?.("#sheets input") && count());

document.addEventListener(
  "keydown",
  (event) => {
    if (!stack() || event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("a, button")) return;
    const moves = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across(), ArrowUp: -across(), j: 1, k: -1 };
    const acts = {
      s: () => toggle("[data-begins]"),
      e: () => toggle("[data-out]"),
      Home: () => go(0),
      End: () => go(pages().length - 1),
      Enter: () => stack().requestSubmit(document.getElementById("split-submit") ?? undefined),
    };
    const act = event.key in moves ? () => go(current() + moves[event.key]) : acts[event.key];
    // Space is the box's own key.
    if (!act || (event.repeat && !(event.key in moves))) return;
    event.preventDefault();
    act();
  },
  true,
);

const begin = () => stack() && go(0);
addEventListener("DOMContentLoaded", begin);
document.addEventListener("relu:placed", begin);
