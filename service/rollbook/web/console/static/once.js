// Signs in by the code of a link's fragment, which no server and no log on the way has seen.
const form = document.querySelector("#once");

function take() {
  const code = decodeURIComponent(location.hash.slice(1));
  if (code) {
    history.replaceState(null, "", location.pathname + location.search);
    form.elements.code.value = code;
    form.hidden = false;
    form.requestSubmit();
  }
}

take();
addEventListener("hashchange", take); // the link was opened in the tab of this very page
