// Live events: how much is still being read, and « 12 nouveaux documents — afficher ». Lines are
// never moved under somebody's hands: the list changes when they ask.

const waiting = ["quarantaine", "a-classer", "a-rattacher", "a-separer", "a-viser", "action"];
const fresh = new Set();
const one = (selector) => document.querySelector(selector);
const counted = (element, n) => (n < 2 ? element.dataset.one : element.dataset.many).replace("{n}", n);

function onDocument({ id, state }) {
  const reading = one(`[data-reload-when-read="${CSS.escape(id)}"]`);
  if (reading && state !== "recu") return location.reload();
  const bar = one("#news");
  if (!bar) return;
  const here = new URL(location.href).searchParams.get("etat");
  const belongs = here ? state === here : waiting.includes(state);
  if (!belongs || one(`[data-test="document"][data-id="${CSS.escape(id)}"]`)) fresh.delete(id);
  else fresh.add(id);
  announce(bar);
}

// One change of the live region a second at most: a batch must not shout.
let timer;
function announce(bar) {
  timer ??= setTimeout(() => {
    timer = undefined;
    bar.hidden = fresh.size === 0;
    if (bar.hidden) return;
    const button = document.createElement("button");
    button.type = "button";
    button.id = "show-news";
    button.className = "quiet";
    button.textContent = `${counted(bar, fresh.size)} — ${bar.dataset.show}`;
    button.addEventListener("click", () => location.reload());
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
  addEventListener("pagehide", () => events.close());
}
