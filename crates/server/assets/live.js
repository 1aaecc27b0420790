// Live events: how much is still being read, and « 12 nouveaux documents — afficher ». Lines are
// never moved under somebody's hands: the list changes when they ask.

import { visit } from "./swap.js";

// What the list shows without a state.
const waiting = ["a-classer", "a-rattacher", "a-separer"];
const fresh = new Set();
const one = (selector) => document.querySelector(selector);
const counted = (element, n) => (n < 2 ? element.dataset.one : element.dataset.many).replace("{n}", n);

function onDocument({ id, state }) {
  if (state !== "recu" && one(`[data-reload-when-read="${CSS.escape(id)}"]`)) return reload();
  const bar = one("#news");
  if (!bar) return;
  const here = new URL(location.href).searchParams.get("etat");
  const belongs = here ? state === here : waiting.includes(state);
  const row = one(`tr[data-id="${CSS.escape(id)}"]`);
  const shown = row && (row.dataset.state !== "recu" || state === "recu");
  if (!belongs || shown) fresh.delete(id);
  else fresh.add(id);
  announce(bar);
}

const reload = () => visit(location.href, { push: false });
document.addEventListener("relu:placed", () => fresh.clear());

// One change of the live region a second at most: a batch must not shout.
let timer;
function announce(bar) {
  timer ??= setTimeout(() => {
    timer = undefined;
    bar.hidden = fresh.size === 0;
    if (bar.hidden) return;
    // An empty list is under nobody's hands: it may fill by itself.
    if (one(".rows [data-test=empty]")) return reload();
    const button = document.createElement("button");
    button.type = "button";
    button.id = "show-news";
    button.className = "quiet";
    button.textContent = `${counted(bar, fresh.size)} — ${bar.dataset.show}`;
    button.addEventListener("click", reload);
    bar.replaceChildren(button);
  }, 700);
}

function onProgress({ pending }) {
  const shown = one("#pending");
  if (!shown) return;
  shown.hidden = pending === 0;
  shown.textContent = counted(shown, pending);
}

if (document.body.hasAttribute("data-may-read")) {
  const events = new EventSource("/evenements");
  events.addEventListener("document", (event) => onDocument(JSON.parse(event.data)));
  events.addEventListener("progress", (event) => onProgress(JSON.parse(event.data)));
  // A document may have been read before the stream was open.
  setInterval(() => one("[data-reload-when-read]") && reload(), 4000);
  addEventListener("pagehide", () => events.close());
}
