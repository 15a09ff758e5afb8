// Whether the monitor is heard, by the server's clock and every second: a gap shows by itself, also when no news comes any more.
(() => {
  const SECOND = 1000;
  const age = (iso) => (iso ? (window.kairn.now() - Date.parse(iso)) / SECOND : Infinity);
  const state = ({ heard, read, late }) => (age(heard) > Number(late) ? "silent" : age(read) > Number(late) ? "unread" : "reading");
  const tick = () => document.querySelectorAll("[data-monitor]").forEach((element) => {
    const now = state(element.dataset);
    element.querySelectorAll("[data-says]").forEach((said) => { if (said.hidden === (said.dataset.says === now)) said.hidden = !said.hidden; });
  });
  tick();
  setInterval(tick, SECOND);
  document.addEventListener("htmx:afterSettle", tick);
})();
