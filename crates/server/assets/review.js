// The review of an export: one key to mask or to release and go on, words selected in the text, and a
// page that asks again while the second reading is under way. Without this file every act is a form.
import { visit } from "./swap.js";

const one = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const here = () => document.body.classList.contains("export-page");

function writing(target) {
  return target.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, select");
}

const lines = () => all(".candidate");
const chosen = () => document.activeElement?.closest?.(".candidate") ?? one(".candidate.on");

function focus(line) {
  if (!line) return;
  line.focus({ preventScroll: true });
  line.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const every = lines();
  const at = every.indexOf(chosen());
  focus(every[at < 0 ? 0 : Math.min(Math.max(at + by, 0), every.length - 1)]);
}

// Acts wait in line: a key pressed while the last one is under way is not lost.
const queue = [];
let running = false;

async function pump() {
  if (running) return;
  running = true;
  while (queue.length) {
    const [form, body] = queue.shift();
    while (!(await visit(form, { method: "POST", body }))) await new Promise((r) => setTimeout(r, 40));
  }
  running = false;
}

function post(form, button) {
  queue.push([form.action, new URLSearchParams(new FormData(form, button))]);
  pump();
}

/** Answers for the chosen word, and goes to the next one. */
function answer(verdict) {
  const line = chosen();
  const button = line?.querySelector(`button[value="${verdict}"]`);
  if (!button) return;
  const every = lines();
  const next = every[every.indexOf(line) + 1];
  if (button.disabled) return focus(next);
  post(button.form, button);
  if (verdict !== "partout") focus(next ?? line);
}

function press(selector) {
  const button = one(selector);
  if (button && !button.disabled) button.form ? post(button.form, button) : button.click();
}

/** Words selected in the text, with the byte at which they begin. */
function selected() {
  const text = one("#export-text");
  const selection = getSelection();
  if (!text || selection.rangeCount === 0 || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  if (!text.contains(range.startContainer) || !text.contains(range.endContainer)) return null;
  const before = document.createRange();
  before.setStart(text, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const raw = range.toString();
  const words = raw.trim();
  const lead = raw.slice(0, raw.length - raw.trimStart().length);
  return words && { words, at: new TextEncoder().encode(before.toString() + lead).length };
}

function take() {
  const [words, at] = [one("#add-words"), one("#add-at")];
  const choice = selected();
  if (!words || !choice) return;
  words.value = choice.words;
  at.value = choice.at;
}

function add() {
  take();
  const words = one("#add-words");
  if (words?.value.trim()) press("#add-submit");
  else words?.focus();
}

function other(by) {
  const items = all(".documents a.item");
  const at = items.findIndex((item) => item.hasAttribute("aria-current"));
  const to = items[at + by];
  if (to) visit(to.href);
}

const LETTERS = {
  j: () => step(1),
  k: () => step(-1),
  m: () => answer("masquer"),
  r: () => answer("laisser"),
  e: () => answer("partout"),
  s: add,
  u: () => press("#undo"),
  v: () => press("#reviewed"),
  n: () => other(1),
  b: () => other(-1),
  l: () => one("#back-to-list")?.click(),
  "?": () => one("#keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (!here() || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Escape") return writing(event.target) && event.target.blur();
  if (writing(event.target) || one("dialog[open]")) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (event.target.closest(".paper, .export-side, input")) return;
    event.preventDefault();
    return step(event.key === "ArrowDown" ? 1 : -1);
  }
  if (event.repeat && !"jk".includes(event.key)) return;
  const act = LETTERS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// What is selected fills the form at once, so that the button beside it does the same as the key.
document.addEventListener("selectionchange", () => here() && take());
document.addEventListener("input", (event) => {
  if (event.target.id === "add-words") one("#add-at").value = "";
});

// While something is read in the background; not under somebody's hands.
setInterval(() => {
  if (!here() || !one("[data-working]") || running) return;
  if (writing(document.activeElement) || one("details.answer[open]") || !getSelection().isCollapsed) return;
  if (one("dialog[open]")) return;
  visit(location.href, { push: false });
}, 1200);
