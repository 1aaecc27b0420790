// Dropping files anywhere on the list, or choosing them: one request a file, so that the page can
// say how far it is and one bad file costs nothing to the others.

const form = () => document.getElementById("upload");

async function send(files) {
  const upload = form();
  if (!upload || !files.length) return;
  const [bar, status] = [upload.querySelector("progress"), upload.querySelector("output")];
  const token = upload.querySelector("[name=csrf]").value;
  const total = { received: 0, duplicates: 0, too_large: 0, refused: 0, lost: 0 };
  bar.hidden = false;
  bar.max = files.length;
  for (const [n, file] of [...files].entries()) {
    bar.value = n;
    status.textContent = upload.dataset.sending.replace("{n}", n + 1).replace("{total}", files.length);
    const body = new FormData();
    body.append("csrf", token);
    body.append("files", file, file.name);
    try {
      const answer = await fetch(upload.action, { method: "POST", body, headers: { Accept: "application/json" } });
      if (answer.status === 401 || answer.status === 403) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      for (const key of Object.keys(told)) total[key] += told[key];
    } catch {
      total.lost += 1;
    }
  }
  bar.value = files.length;
  bar.hidden = true;
  status.textContent = summary(upload, total);
  document.dispatchEvent(new CustomEvent("relu:sent"));
}

function summary(upload, total) {
  const words = JSON.parse(upload.dataset.words);
  const parts = [];
  for (const [key, n] of Object.entries(total)) {
    if (n > 0 || key === "received") parts.push(words[key][n < 2 ? 0 : 1].replace("{n}", n));
  }
  return parts.join(", ");
}

document.addEventListener("change", (event) => {
  if (event.target.id !== "files") return;
  send(event.target.files).then(() => (event.target.value = ""));
});

// Drag and drop over the whole window; `depth` because each element crossed enters and leaves.
let depth = 0;
const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

addEventListener("dragenter", (event) => {
  if (!form() || !carriesFiles(event)) return;
  depth += 1;
  document.body.dataset.drop = form().dataset.drop;
  document.body.classList.add("dropping");
});
addEventListener("dragleave", (event) => {
  if (!carriesFiles(event)) return;
  depth = Math.max(0, depth - 1);
  if (!depth) document.body.classList.remove("dropping");
});
addEventListener("dragover", (event) => {
  if (carriesFiles(event)) event.preventDefault();
});
addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  depth = 0;
  document.body.classList.remove("dropping");
  if (form()) send(event.dataTransfer.files);
});
