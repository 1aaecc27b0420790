// Keys of the queues and of the doctor's list: j and k go from document to document, a letter acts on
// the one that has the focus (the first when none has). Each act is a form that works without keys.
const KEYS = {
  "bannettes-page": { e: "claim", r: "release", p: "pass", t: "finish", u: "undo" },
  "visa-page": { v: "vu", i: "a-faire", t: "fait", u: "annuler" },
};

const links = () => [...document.querySelectorAll("tr a.row-open")];
const keys = () => Object.entries(KEYS).find(([page]) => document.body.classList.contains(page))?.[1];

function row() {
  const held = document.activeElement?.closest?.("tr[data-id]");
  return held ?? links()[0]?.closest("tr");
}

function step(by) {
  const all = links();
  const here = all.indexOf(document.activeElement?.closest?.("tr")?.querySelector("a.row-open"));
  const to = here < 0 ? 0 : Math.min(Math.max(here + by, 0), all.length - 1);
  all[to]?.focus();
  all[to]?.scrollIntoView({ block: "nearest" });
}

function act(what) {
  const part = row()?.querySelector(`[data-act="${what}"]`);
  if (!part) return;
  // The focus goes to the document, so that it is still there once the page has changed.
  part.closest("tr").querySelector("a.row-open")?.focus();
  if (part.matches("form")) return part.requestSubmit();
  part.closest("details").open = true;
  part.closest("details").querySelector("select")?.focus();
}

// Before the keys of the other pages.
document.addEventListener("keydown", (event) => {
  const mine = keys();
  if (!mine || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.matches?.("input:not([type=checkbox]), textarea, select") || document.querySelector("dialog[open]")) return;
  const by = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (by) {
    event.preventDefault();
    return step(by);
  }
  if (event.repeat || !mine[event.key]) return;
  event.preventDefault();
  const undo = event.key === "u" && document.getElementById("undo-notice");
  if (undo) return undo.form.requestSubmit(undo);
  act(mine[event.key]);
}, true);
