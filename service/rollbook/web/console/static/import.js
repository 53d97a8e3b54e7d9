// Follows an import that runs: shows its counts, and loads the page again when it has ended.
const page = document.querySelector("#import");
if (page && page.dataset.events) {
  const progress = document.querySelector("#progress");
  const source = new EventSource(page.dataset.events);
  const number = new Intl.NumberFormat();
  source.addEventListener("rows", (event) => {
    const facts = JSON.parse(event.data);
    progress.textContent = `${number.format(facts.rows)} rows so far. This goes on when you close the page.`;
    for (const name of ["created", "updated", "unchanged", "failed"]) {
      const shown = document.querySelector(`.counts .${name} b`);
      if (shown) shown.textContent = number.format(facts[name]);
    }
  });
  source.addEventListener("ended", () => {
    source.close();
    location.reload();
  });
}

// Ticking a row chooses "only the rows that I tick".
const apply = document.querySelector("#apply");
if (apply) {
  document.addEventListener("change", (event) => {
    if (event.target.name === "line" && event.target.checked) {
      apply.querySelector("input[value=ticked]").checked = true;
    }
  });
}
