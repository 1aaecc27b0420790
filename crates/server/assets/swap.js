// Forms and links between documents without a full load: the answer of the ordinary request takes
// the place of <main>. Columns keep their scroll. On any trouble the browser does it the plain way.

const main = () => document.getElementById("main");
let busy = false;

/** Loads a page and puts it in place; `body` makes it a post. */
export async function visit(address, { body, method = "GET", push = true } = {}) {
  if (busy) return;
  busy = true;
  try {
    const answer = await fetch(address, { method, body, headers: { Accept: "text/html" }, redirect: "follow" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("main");
    // Signed out, another kind of page, or a failure: let the browser show it whole.
    if (!fresh || page.body.className !== document.body.className) {
      if (answer.ok || method === "GET") location.assign(answer.url);
      else document.documentElement.replaceWith(page.documentElement);
      return;
    }
    place(page, fresh, answer.url, push);
  } catch {
    location.assign(method === "GET" ? address : location.href);
  } finally {
    busy = false;
  }
}

function place(page, fresh, url, push) {
  const before = state();
  const opened = [...main().querySelectorAll(".fact-section:not([open]) > summary")].map((s) => s.textContent);
  main().replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  if (push && url !== location.href) history.pushState({}, "", url);
  const after = state();
  restore(before, after, opened);
  document.dispatchEvent(new CustomEvent("relu:placed", { detail: { same: before.document === after.document } }));
}

function state() {
  const scrolls = {};
  for (const box of document.querySelectorAll("[data-scroll]")) scrolls[box.dataset.scroll] = box.scrollTop;
  return {
    document: document.querySelector("[data-document]")?.dataset.document,
    focus: document.activeElement?.closest("[data-p]")?.id,
    scrolls,
  };
}

/** The list keeps its place always; the sheet and the proposals when it is the same document. */
function restore(before, after, closed) {
  const same = before.document === after.document;
  for (const box of document.querySelectorAll("[data-scroll]")) {
    if (same || box.dataset.scroll === "list") box.scrollTop = before.scrolls[box.dataset.scroll] ?? 0;
  }
  document.querySelector(".side [aria-current]")?.scrollIntoView({ block: "nearest" });
  if (same) {
    for (const summary of document.querySelectorAll(".fact-section > summary")) {
      if (closed.some((text) => text.split("—")[0] === summary.textContent.split("—")[0])) summary.parentElement.open = false;
    }
    if (before.focus) document.getElementById(before.focus)?.focus({ preventScroll: true });
  } else {
    main().focus({ preventScroll: true });
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-swap], .undo-bar") || event.defaultPrevented) return;
  // The list is another kind of page: only a document swaps in place.
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
