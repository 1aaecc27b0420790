// Forms and links between documents without a full load: the answer of the ordinary request takes
// the place of <main>. Columns keep their scroll. On any trouble the browser does it the plain way.

const main = () => document.getElementById("main");
let busy = false;

/** Loads a page and puts it in place; `body` makes it a post. */
export async function visit(address, { body, method = "GET", push = true } = {}) {
  if (busy) return false;
  busy = true;
  try {
    const answer = await fetch(address, { method, body, headers: { Accept: "text/html" }, redirect: "follow" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (method === "POST" && !answer.ok && tell(page)) return true;
    // The address of a form that failed is no page: it does not go into the history.
    place(page, answer.url, push && (method === "GET" || answer.redirected));
  } catch {
    location.assign(method === "GET" ? address : location.href);
  } finally {
    busy = false;
  }
  return true;
}

/** What could not be done is told above the page, which stays as it was. */
function tell(failure) {
  const words = [...failure.querySelectorAll("[data-test=failure] dd")].map((part) => part.textContent);
  const messages = document.getElementById("messages");
  if (!words.length || !messages) return false;
  const [operation, cause, hint] = words;
  const told = document.createElement("p");
  told.className = "notice wrong";
  told.dataset.test = "failure";
  told.textContent = `${operation} : ${cause}${hint ? ` — ${hint}` : ""}`;
  messages.replaceChildren(told);
  return true;
}

/** The same kind of page changes its <main>; another kind, its whole body. Nothing is asked twice:
    a message is told once. */
function place(page, url, push) {
  const before = state();
  const same = page.body.className === document.body.className && page.getElementById("main");
  if (same) main().replaceWith(document.adoptNode(page.getElementById("main")));
  else document.body.replaceWith(document.adoptNode(page.body));
  document.title = page.title;
  if (push && url !== location.href) history.pushState({}, "", url);
  restore(before, state());
  document.dispatchEvent(new CustomEvent("relu:placed"));
}

function state() {
  const scrolls = {};
  for (const box of document.querySelectorAll("[data-scroll]")) scrolls[box.dataset.scroll] = box.scrollTop;
  return {
    document: document.querySelector("[data-document]")?.dataset.document,
    focus: document.activeElement?.closest("[data-p]")?.id,
    closed: [...document.querySelectorAll(".fact-section:not([open])")].map((s) => s.dataset.section),
    patient: document.querySelector("#patients input:checked")?.value,
    scrolls,
  };
}

/** Lists keep their place always; the sheet and the proposals when it is the same document. */
function restore(before, after) {
  const same = before.document === after.document;
  for (const box of document.querySelectorAll("[data-scroll]")) {
    const kept = same || ["list", "rows"].includes(box.dataset.scroll);
    if (kept) box.scrollTop = before.scrolls[box.dataset.scroll] ?? 0;
  }
  document.querySelector(".side [aria-current]")?.scrollIntoView({ block: "nearest" });
  if (!same) return main()?.focus({ preventScroll: true });
  for (const key of before.closed) {
    const section = document.querySelector(`.fact-section[data-section="${CSS.escape(key)}"]`);
    if (section) section.open = false;
  }
  const patient = before.patient && document.querySelector(`#patients input[value="${CSS.escape(before.patient)}"]`);
  if (patient) patient.checked = true;
  if (before.focus) document.getElementById(before.focus)?.focus({ preventScroll: true });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-swap], .undo-bar") || event.defaultPrevented) return;
  event.preventDefault();
  const button = event.submitter;
  button?.setAttribute("aria-busy", "true");
  visit(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, button)) })
    .finally(() => button?.removeAttribute("aria-busy"));
});

document.addEventListener("click", (event) => {
  const link = event.target.closest(".side a.item, #next-document");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  visit(link.href);
});

addEventListener("popstate", () => visit(location.href, { push: false }));
