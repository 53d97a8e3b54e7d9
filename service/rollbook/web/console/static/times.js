// Shows every time in the reader's own zone, and takes days as days of it; the page has UTC.
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function localTimes(within) {
  for (const time of within.querySelectorAll("time[datetime]")) {
    const when = new Date(time.dateTime);
    if (!Number.isNaN(when.valueOf())) {
      time.title = time.title || time.textContent;
      time.textContent = full.format(when);
    }
  }
}

localTimes(document);

const { timeZone } = full.resolvedOptions();
const days = [...document.querySelectorAll("input[type=date]")];
for (const form of new Set(days.map((day) => day.form))) {
  form.addEventListener("formdata", ({ formData }) => {
    for (const day of days.filter((one) => one.form === form && one.value)) {
      const [year, month, date] = day.value.split("-").map(Number);
      const at = new Date(0);
      at.setHours(0, 0, 0, 0);
      at.setFullYear(year, month - 1, date + ("last" in day.dataset ? 1 : 0));
      formData.set(`${day.name}.at`, at.toISOString());
      formData.set("zone", timeZone);
    }
  });
}
for (const note of document.querySelectorAll("[data-days]")) {
  if (timeZone && timeZone !== "UTC") note.textContent = `Days begin and end at midnight in ${timeZone}.`;
}
