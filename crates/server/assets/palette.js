// All that can be done from here, found by its words: a field, the commands under it, Enter for the
// first. A command is a link, or presses a button of the page; one whose button is not there is hidden.

const one = (selector) => document.querySelector(selector);
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const items = () => [...document.querySelectorAll("#palette li")];
const shown = () => items().filter((item) => !item.hidden);

function target(item) {
  const press = item.querySelector("[data-press]")?.dataset.press;
  return press ? press.split(",").map(one).find((found) => found && !found.disabled) : item;
}

function filter() {
  const words = fold(one("#palette-query").value).split(/\s+/).filter(Boolean);
  for (const item of items()) {
    const text = fold(item.textContent);
    item.hidden = !target(item) || !words.every((word) => text.includes(word));
  }
  one("#palette-none").hidden = shown().length > 0;
}

/** The person's saved views, asked for once: they are commands like the others. */
async function more() {
  const list = one("#palette-list");
  const from = list.dataset.more;
  if (!from) return;
  delete list.dataset.more;
  const answer = await fetch(from, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  list.append(...page.querySelectorAll("li"));
  filter();
}

export function open() {
  const dialog = one("#palette");
  if (!dialog || dialog.open) return;
  one("#palette-query").value = "";
  filter();
  dialog.showModal();
  one("#palette-query").focus();
  more();
}

function act(item) {
  const link = item.querySelector("a");
  if (link) return link.click();
  const pressed = target(item);
  one("#palette").close();
  if (item.querySelector("[data-press]")?.dataset.focus !== undefined) return pressed?.focus();
  pressed?.click();
}

document.addEventListener("input", (event) => {
  if (event.target.id === "palette-query") filter();
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-palette]")) return open();
  const item = event.target.closest?.("#palette li");
  if (item && !event.target.closest("a")) act(item);
});
document.addEventListener("keydown", (event) => {
  if (!event.target.closest?.("#palette")) return;
  const all = shown();
  if (event.key === "Enter" && event.target.id === "palette-query") {
    event.preventDefault();
    if (all[0]) act(all[0]);
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  const stops = [one("#palette-query"), ...all.map((item) => item.querySelector("a, button"))];
  const to = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  stops[Math.min(Math.max(to, 0), stops.length - 1)]?.focus();
});
