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
  if (event.dataTransfer.files.length) file.files = event.dataTransfer.files;
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const id = crypto.randomUUID();
  const source = new EventSource(`${form.action}/${id}/events`);
  source.addEventListener("rows", (message) => {
    const facts = JSON.parse(message.data);
    status.textContent = `${number.format(facts.rows)} rows looked at, ${number.format(facts.failed)} with errors.`;
  });
  source.addEventListener("ended", () => source.close());
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
    // Refused: the answer is this page again, with the reason.
    const answer = new DOMParser().parseFromString(request.response, "text/html");
    sent.hidden = true;
    form.querySelector("#drop button").disabled = false;
    status.textContent = answer.querySelector(".message")?.textContent ?? "It was not taken.";
    status.className = "message wrong";
  });
  request.addEventListener("error", () => {
    source.close();
    form.querySelector("#drop button").disabled = false;
    status.textContent = "The connection was lost. Send the file again.";
    status.className = "message wrong";
  });
  sent.hidden = false;
  status.className = "";
  status.textContent = "Sending…";
  form.querySelector("#drop button").disabled = true;
  request.send(new FormData(form));
});
