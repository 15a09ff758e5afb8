// The numeric pad, the second tap, and toasts that leave. Without this file the tablet's own keyboard and an ordinary submit do the same.
(() => {
  const ARMED = 6000, TOAST = 8000;
  let field = null;

  const prepare = (root) => {
    root.querySelectorAll("[data-padset]").forEach((set) => {
      set.querySelectorAll("[data-keys], [data-key=next]").forEach((part) => { part.hidden = false; });
      if (matchMedia("(pointer: coarse)").matches) set.querySelectorAll("[data-pad]").forEach((input) => { input.inputMode = "none"; });
    });
    root.querySelectorAll("[data-toast]:not([data-seen])").forEach((toast) => {
      toast.dataset.seen = "1";
      if (!toast.querySelector("form")) setTimeout(() => toast.remove(), TOAST);
    });
  };
  const fields = (set) => [...set.querySelectorAll("[data-pad]")];
  const current = (set) => (field && set.contains(field) ? field : fields(set)[0]);
  const changed = (input) => input.dispatchEvent(new Event("input", { bubbles: true }));

  const press = (set, key) => {
    const input = current(set);
    const all = fields(set);
    if (key === "next") { (all[all.indexOf(input) + 1] || set.querySelector("[data-two-taps]")).focus(); return; }
    if (key === "back") input.value = input.value.slice(0, -1);
    else if (key !== "." || !input.value.includes(".")) input.value += key;
    input.focus();
    changed(input);
  };
  const typed = (set) => fields(set).filter((input) => input.value).map((input) => [input.dataset.label, input.value, input.dataset.unit].filter(Boolean).join(" ")).join(", ");

  const disarm = (button) => {
    if (!button.dataset.words) return;
    button.querySelector("span").textContent = button.dataset.words;
    delete button.dataset.words;
  };
  const arm = (button) => {
    const words = button.querySelector("span");
    button.dataset.words = words.textContent.trim();
    words.textContent = button.dataset.twoTaps;
    const set = button.closest("[data-padset]");
    const say = set && set.querySelector("[data-pad-say]");
    if (say) say.textContent = typed(set) ? "Will save " + typed(set) : "Nothing typed yet";
    setTimeout(() => disarm(button), ARMED);
  };

  document.addEventListener("focusin", (event) => { if (event.target.matches("[data-pad]")) field = event.target; });
  document.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]");
    if (key) { press(key.closest("[data-padset]"), key.dataset.key); return; }
    const button = event.target.closest("[data-two-taps]");
    if (button && !button.dataset.words) { event.preventDefault(); arm(button); }
    const closed = event.target.closest("[aria-disabled=true]");
    if (closed) event.preventDefault();
  });
  document.addEventListener("input", (event) => {
    const set = event.target.closest("[data-padset]");
    if (set) set.querySelectorAll("[data-two-taps]").forEach(disarm);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[data-pad]")) return;
    event.preventDefault();
    press(event.target.closest("[data-padset]"), "next");
  });
  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
  prepare(document);
  if (document.activeElement?.matches("[data-pad]")) field = document.activeElement; // a link led here before this file ran
})();
