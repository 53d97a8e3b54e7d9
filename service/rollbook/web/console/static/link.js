// Takes the link's token from the fragment, which no server on the way has seen, into the form.
const form = document.querySelector("#set");

function take() {
  const token = form.elements.token;
  token.type = "hidden";
  if (location.hash.length > 1) {
    token.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
  }
  form.hidden = !token.value;
  const directory = token.value.split(".", 1)[0];
  const whose = document.querySelector("#whose");
  whose.hidden = !/^[a-z][a-z0-9-]{0,63}$/.test(directory); // a link may have any text
  whose.querySelector("b").textContent = directory;
  document.querySelector("#no-link").hidden = Boolean(token.value);
}

if (form) {
  take();
  addEventListener("hashchange", take); // the link was opened in the tab of this very page
  document.querySelector("#show").addEventListener("change", (event) => {
    for (const field of [form.elements.password, form.elements.again]) {
      field.type = event.target.checked ? "text" : "password";
    }
  });
}
