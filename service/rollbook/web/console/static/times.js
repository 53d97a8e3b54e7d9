// Shows every time in the reader's own zone; the page has it in UTC.
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
