// Several documents at once: boxes of the list, how many are chosen, and the bar of what can be done.
// Without this file the boxes and the buttons are a plain form.

const one = (selector) => document.querySelector(selector);
const boxes = () => [...document.querySelectorAll("#lot input[name=d]")];

export function count() {
  const bar = one(".lot-bar");
  if (!bar) return;
  const all = boxes();
  const n = all.filter((box) => box.checked).length;
  bar.hidden = n === 0;
  const told = one("#lot-count");
  told.textContent = (n < 2 ? told.dataset.one : told.dataset.many).replace("{n}", n);
  const every = one("#lot-all");
  every.checked = n === all.length;
  every.indeterminate = n > 0 && n < all.length;
}

/** Chooses the line in focus, or lets it go; the focus stays where it is. */
export function toggle() {
  const box = document.activeElement?.closest?.("tr")?.querySelector("input[name=d]");
  if (!box) return;
  box.checked = !box.checked;
  last = box;
  count();
}

/** Shows what would happen to those chosen. */
export function preview() {
  const button = one("#lot-file") ?? one("#lot-see") ?? one(".prints #lot-print");
  if (button && boxes().some((box) => box.checked)) button.form.requestSubmit(button);
}

let last;
document.addEventListener("click", (event) => {
  const box = event.target.closest?.("#lot input[name=d]");
  if (!box) return;
  // With Shift, all between the last one touched and this one follow it.
  if (event.shiftKey && last?.isConnected) {
    const all = boxes();
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const between of all.slice(from, to + 1)) between.checked = box.checked;
  }
  last = box;
});
document.addEventListener("change", (event) => {
  if (event.target.id === "lot-all") for (const box of boxes()) box.checked = event.target.checked;
  if (event.target.closest?.("#lot")) count();
});
document.addEventListener("relu:placed", count);
// A page taken back from the browser's memory may have boxes already chosen.
addEventListener("pageshow", count);
count();

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-print]")) print();
});
