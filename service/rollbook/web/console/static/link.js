// Takes the link's token from the fragment, which no server on the way has seen, into the form.
const form = document.querySelector("#set");
if (form) {
  const token = form.elements.token;
  token.type = "hidden";
  if (location.hash.length > 1) {
    token.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
  }
  if (!token.value) {
    form.hidden = true;
    document.querySelector("#no-link").hidden = false;
  }
  document.querySelector("#show").addEventListener("change", (event) => {
    for (const field of [form.elements.password, form.elements.again]) {
      field.type = event.target.checked ? "text" : "password";
    }
  });
}
