// Sends a form once, however often its button is pressed at once. After a double click a browser
// shows the answer to the second form, which may be that all was done already.
const AGAIN_AFTER = 2000; // milliseconds: who has waited so long means it
let sent = new WeakMap();

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return; // a script of the page sends it
  const now = performance.now();
  if (now - (sent.get(event.target) ?? -Infinity) < AGAIN_AFTER) event.preventDefault();
  else sent.set(event.target, now);
});
addEventListener("pageshow", () => { sent = new WeakMap(); }); // somebody came back to the page
