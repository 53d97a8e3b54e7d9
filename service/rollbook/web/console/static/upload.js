// Sends a file with its progress, and shows rows while they are checked. Without this script the
// form works as any other.
const form = document.querySelector("#upload");
const drop = document.querySelector("#drop");
const file = form.elements.file;
const sent = document.querySelector("#sent");
const status = document.querySelector("#status");
const number = new Intl.NumberFormat();

for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const name of ["dragleave", "drop"]) {
  drop.addEventListener(name, () => drop.classList.remove("over"));
}
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) {
    file.files = event.dataTransfer.files;
    offerHeaders();
  }
});

// The names of the columns are offered where one is typed. How a file is read, the service knows:
// this is only to choose from.
async function offerHeaders() {
  const list = document.querySelector("#headers");
  list.replaceChildren();
  const [chosen] = file.files;
  if (!chosen || /\.xls[xm]$/i.test(chosen.name)) return;
  const [first] = (await chosen.slice(0, 65536).text()).split(/\r?\n|\r/, 1);
  const mark = [",", ";", "\t", "|"].reduce((most, one) =>
    first.split(one).length > first.split(most).length ? one : most);
  for (const name of first.split(mark).slice(0, 256)) {
    const option = document.createElement("option");
    option.value = name.replace(/^\uFEFF?"|"$/g, "").trim();
    list.append(option);
  }
}
file.addEventListener("change", offerHeaders);
offerHeaders(); // a page that is come back to has the file still

// The rows that fail are shown while the rest of the file is still being sent.
async function showFailed(page) {
  const answer = await fetch(page);
  if (!answer.ok) return;
  const rows = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".scroll");
  if (rows) document.querySelector("#so-far").replaceChildren(document.adoptNode(rows));
}

// What is wrong is brought into view, and read out: on a phone the form is longer than the screen.
function tell(text) {
  status.textContent = text;
  status.className = "message wrong";
  status.setAttribute("role", "alert");
  status.tabIndex = -1;
  status.scrollIntoView({ block: "center" });
  status.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const id = crypto.randomUUID();
  const source = new EventSource(`${form.action}/${id}/events`);
  let shown = 0;
  source.addEventListener("rows", (message) => {
    const facts = JSON.parse(message.data);
    if (facts.failed && Date.now() - shown > 1000) {
      shown = Date.now();
      showFailed(`${form.action}/${id}?outcome=FAILED`);
    }
    status.textContent = `${number.format(facts.rows)} rows looked at, ${number.format(facts.failed)} with errors.`;
  });
  source.addEventListener("ended", (message) => {
    source.close();
    if (JSON.parse(message.data).signedOut) status.textContent = "Your session has ended: sign in again.";
  });
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Idempotency-Key", id);
  request.responseType = "text";
  request.upload.addEventListener("progress", (message) => {
    if (message.lengthComputable) sent.value = message.loaded / message.total;
  });
  request.addEventListener("load", () => {
    source.close();
    if (request.responseURL && request.status < 300 && !request.responseURL.endsWith("/imports")) {
      location.assign(request.responseURL);
      return;
    }
    // Refused: the answer is this page again, with the reason, and what it asks for.
    const answer = new DOMParser().parseFromString(request.response, "text/html");
    const columns = answer.querySelector("#columns");
    if (columns) document.querySelector("#columns").replaceWith(document.adoptNode(columns));
    sent.hidden = true;
    form.querySelector("#drop button").disabled = false;
    document.querySelector("#so-far").replaceChildren();
    const tooLarge = "A proxy in front of this page takes no file as large as this one. Ask its operator.";
    const other = request.status === 413 ? tooLarge : `It was not taken: status ${request.status}.`;
    tell(answer.querySelector(".message")?.textContent ?? other);
    const way = answer.querySelector("#upload") ? null : answer.querySelector("main p > a");
    if (way) status.append(" ", document.adoptNode(way)); // such as to sign in again
  });
  request.addEventListener("error", () => {
    source.close();
    form.querySelector("#drop button").disabled = false;
    tell("The connection was lost. Send the file again.");
  });
  sent.hidden = false;
  status.className = "";
  status.setAttribute("role", "status");
  status.textContent = "Sending…";
  form.querySelector("#drop button").disabled = true;
  request.send(new FormData(form));
});
