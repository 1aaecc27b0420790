// Keys: letters without modifiers, arrows, Enter; the same on an AZERTY keyboard. Silent while
// somebody writes in a field, and deaf to a key held down, so that no document is filed by accident.
import { preview, toggle } from "./lot.js";
import { open as palette } from "./palette.js";
import { visit } from "./swap.js";

const one = (selector) => document.querySelector(selector);
const onDocument = () => document.body.classList.contains("document-page");

function writing(target) {
  return target.isContentEditable || target.matches?.("input:not([type=radio]):not([type=checkbox]), textarea, select");
}

/** Next or previous line: of the list page by focus, of a document's list by opening it. */
function step(by) {
  if (onDocument()) {
    const items = [...document.querySelectorAll(".side a.item")];
    const here = items.findIndex((item) => item.hasAttribute("aria-current"));
    const to = items[here + by] ?? (here < 0 ? items[0] : undefined);
    if (to) visit(to.href);
    else if (by > 0 && one("#next-document")) visit(one("#next-document").href);
    return;
  }
  const rows = [...document.querySelectorAll("a.row-link")];
  if (!rows.length) return;
  const here = rows.indexOf(document.activeElement?.closest?.("tr")?.querySelector("a.row-link"));
  const to = here < 0 ? 0 : Math.min(Math.max(here + by, 0), rows.length - 1);
  rows[to].focus();
  rows[to].scrollIntoView({ block: "nearest" });
}

function proposals() {
  return [...document.querySelectorAll("#filing .prop, #summary .prop, #facts .prop")].filter((p) => p.offsetParent);
}

function chosen() {
  return document.activeElement?.closest?.(".prop") ?? one(".prop.on");
}

function nextProposal() {
  const all = proposals();
  if (!all.length) return;
  const to = all[(all.indexOf(chosen()) + 1) % all.length];
  to.focus();
  to.scrollIntoView({ block: "nearest" });
}

/** Scrolls the document by most of a screen, wherever the focus is. */
function scroll(by) {
  const paper = one(".paper");
  paper?.scrollBy({ top: by * paper.clientHeight * 0.85 });
  return Boolean(paper);
}

/** Accepts, or opens the form that edits or refuses the chosen proposal. */
function answer(what) {
  const part = chosen()?.querySelector(`[data-do="${what}"]`);
  if (!part) return;
  if (part.matches("button")) return part.click();
  part.open = true;
  part.querySelector("input:not([type=hidden]), select")?.focus();
}

function submit(form, button) {
  if (form) form.requestSubmit(button ?? undefined);
}

function enter(event) {
  const target = event.target;
  if (target.closest("a, button, summary, input, select, textarea, dialog")) return false;
  const form = one("[data-key-enter]");
  if (!onDocument() || !form) return false;
  submit(form, form.querySelector("button"));
  return true;
}

function close() {
  const open = document.activeElement?.closest?.("details.answer[open], details.state-value[open]");
  if (!open) {
    if (writing(document.activeElement)) document.activeElement.blur();
    return;
  }
  open.open = false;
  (open.closest(".prop") ?? open.querySelector("summary"))?.focus();
}

const LETTERS = {
  j: () => step(1),
  k: () => step(-1),
  p: nextProposal,
  a: () => answer("accept"),
  m: () => answer("edit"),
  r: () => answer("refuse"),
  u: () => {
    const button = one("#undo-filed") ?? one("#undo") ?? one("#undo-notice");
    submit(button?.form, button);
  },
  v: () => submit(one("[data-key-visa]"), one("#visa")),
  f: () => {
    const first = one("#facts .prop") ?? one("#summary .prop");
    first?.focus();
    first?.scrollIntoView({ block: "center" });
  },
  x: toggle,
  b: preview,
  c: palette,
  s: () => one("#open-split")?.click(),
  t: () => one(".views a:not([aria-current])")?.click(),
  l: () => one("#back-to-list")?.click(),
  "/": () => (one("#search") ?? one("#patient-search"))?.focus(),
  "?": () => one("#keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  // The review of an export has keys of its own.
  if (document.body.classList.contains("export-page")) return;
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Escape") return close();
  if (writing(event.target) || one("dialog[open]")) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    // Arrows scroll a column that has the focus, and move between choices of a patient.
    if (event.target.closest(".paper, input")) return;
    event.preventDefault();
    return step(event.key === "ArrowDown" ? 1 : -1);
  }
  const by = { " ": event.shiftKey ? -1 : 1, PageDown: 1, PageUp: -1 }[event.key];
  if (by && !event.target.closest("a, button, summary, input, .side, .scroll")) {
    if (scroll(by)) event.preventDefault();
    return;
  }
  if (event.repeat && !"jk".includes(event.key)) return;
  if (event.key === "Enter") {
    if (enter(event)) event.preventDefault();
    return;
  }
  const act = LETTERS[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});
