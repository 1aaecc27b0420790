// Instants in the browser's own time zone, for those who work overseas; written as the server does.
const form = new Intl.DateTimeFormat("fr-FR", { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit" });

function localise() {
  for (const time of document.querySelectorAll("time[datetime]:not([data-local])")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.textContent = form.format(at).replace(",", "");
    time.dataset.local = "";
  }
}

localise();
document.addEventListener("relu:placed", localise);
