// Follows an import that runs: shows its counts, and loads the page again when it has ended.
const page = document.querySelector("#import");
if (page && page.dataset.events) follow(page.dataset.events);

function follow(events) {
  const progress = document.querySelector("#progress");
  const source = new EventSource(events);
  const number = new Intl.NumberFormat();
  source.addEventListener("rows", (event) => {
    const facts = JSON.parse(event.data);
    progress.textContent = `${number.format(facts.rows)} rows so far. This goes on when you close the page.`;
    for (const name of ["created", "updated", "unchanged", "failed"]) {
      const shown = document.querySelector(`.counts .${name} b`);
      if (shown) shown.textContent = number.format(facts[name]);
    }
  });
  source.addEventListener("ended", (event) => {
    source.close();
    if (JSON.parse(event.data).signedOut) {
      progress.textContent = "Your session has ended, so this page shows no more. The import goes on. Sign in again to see it.";
      return;
    }
    location.reload();
  });
  // A browser tries again by itself, but not after an answer such as a proxy's 502.
  source.addEventListener("error", () => {
    progress.textContent = "The connection was lost, and is tried again. The import needs no open page.";
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 2000, events);
  });
}

// Ticking a row chooses "only the rows that I tick". Ticks of other pages of the list are kept in
// this tab, and go with the form.
const apply = document.querySelector("#apply");
const choice = apply?.querySelector("input[value=ticked]");
if (choice) {
  const kept = `ticked ${location.pathname}`;
  const ticked = new Set(JSON.parse(sessionStorage.getItem(kept) ?? "[]"));
  const boxes = [...document.querySelectorAll("input[name=line]")];
  const counter = document.querySelector("#ticked");
  const show = () => {
    counter.textContent = ticked.size ? `: ${new Intl.NumberFormat().format(ticked.size)}` : "";
  };
  for (const box of boxes) {
    box.checked = ticked.has(box.value);
    box.addEventListener("change", () => {
      if (box.checked) ticked.add(box.value);
      else ticked.delete(box.value);
      sessionStorage.setItem(kept, JSON.stringify([...ticked]));
      choice.checked ||= box.checked;
      show();
    });
  }
  choice.checked ||= ticked.size > 0;
  show();
  apply.addEventListener("submit", () => {
    const here = new Set(boxes.map((box) => box.value));
    for (const line of [...ticked].filter((one) => choice.checked && !here.has(one))) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "line", value: line });
      apply.append(field);
    }
    sessionStorage.removeItem(kept);
  });
}
