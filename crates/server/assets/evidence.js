// A proposal in focus lights the words it rests on, and brings them into view; a click on marked
// words leads to the proposal. Toggles between the pages and the text of a document.

const all = (selector) => document.querySelectorAll(selector);
const calm = matchMedia("(prefers-reduced-motion: reduce)");

function light(id, { scroll = true } = {}) {
  for (const on of all(".ev.on, .prop.on")) on.classList.remove("on");
  if (!id) return;
  document.getElementById(`prop-${id}`)?.classList.add("on");
  const marks = [...all(`.ev[data-ev~="${CSS.escape(id)}"]`)];
  for (const mark of marks) mark.classList.add("on");
  const seen = marks.find((mark) => mark.getClientRects().length);
  if (scroll && seen) bringIntoView(seen);
}

/** Scrolls the sheet alone: the columns beside it stay where they are. */
function bringIntoView(mark) {
  const box = mark.closest("[data-scroll]");
  if (!box) return;
  const [at, frame] = [mark.getBoundingClientRect(), box.getBoundingClientRect()];
  if (at.top >= frame.top + 8 && at.bottom <= frame.bottom - 8) return;
  const top = box.scrollTop + at.top - frame.top - frame.height / 3;
  box.scrollTo({ top, behavior: calm.matches ? "instant" : "smooth" });
}

function show(pane) {
  const other = pane === "text" ? "pages" : "text";
  const [to, from] = [document.getElementById(`pane-${pane}`), document.getElementById(`pane-${other}`)];
  if (!to || !from) return;
  to.hidden = false;
  from.hidden = true;
  for (const link of all(".views a")) {
    if (link.dataset.pane === pane) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  // The choice is in the address, so that it survives a reload and follows to the next document.
  const address = new URL(location.href);
  if (pane === "text") address.searchParams.set("vue", "texte");
  else address.searchParams.delete("vue");
  history.replaceState({}, "", address);
  const lit = document.querySelector(".prop.on")?.dataset.p;
  if (lit) light(lit);
}

// An address that names a fact (#t-p3, #prop-p3) lights it.
const named = /^#(?:t|prop)-(.+)$/.exec(location.hash);
if (named) light(named[1], { scroll: false });

document.addEventListener("focusin", (event) => {
  const prop = event.target.closest?.(".prop");
  if (prop && !prop.classList.contains("on")) light(prop.dataset.p);
});

document.addEventListener("click", (event) => {
  const view = event.target.closest(".views a");
  if (view && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    return show(view.dataset.pane);
  }
  const quote = event.target.closest(".quote[data-show]");
  if (quote) {
    event.preventDefault();
    quote.closest(".prop")?.focus({ preventScroll: true });
    const id = quote.dataset.show;
    const drawn = document.querySelector(`#pane-pages:not([hidden]) .ev[data-ev~="${CSS.escape(id)}"]`);
    if (!drawn) show("text");
    return light(id);
  }
  const mark = event.target.closest(".ev");
  if (mark) {
    const [id] = mark.dataset.ev.split(" ");
    const prop = document.getElementById(`prop-${id}`);
    prop?.closest("details")?.setAttribute("open", "");
    prop?.scrollIntoView({ block: "nearest" });
    prop?.focus({ preventScroll: true });
    light(id, { scroll: false });
  }
});
