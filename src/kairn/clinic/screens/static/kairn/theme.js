// Light or dim on this device: the form works without this; with it the change is at once and keeps the page.
(() => {
  const root = document.documentElement;
  const choose = (theme) => {
    root.dataset.theme = theme;
    document.querySelectorAll("[data-theme-form] button").forEach((button) => button.setAttribute("aria-pressed", String(button.value === theme)));
    document.dispatchEvent(new CustomEvent("kairn:theme"));
  };
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-form]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    choose(event.submitter.value);
    const body = new FormData(form);
    body.set("theme", event.submitter.value);
    fetch(form.action, { method: "POST", body, redirect: "manual" });
  });
  const told = () => document.dispatchEvent(new CustomEvent("kairn:theme"));
  ["(prefers-color-scheme: dark)", "print"].forEach((media) => matchMedia(media).addEventListener("change", told));
  document.addEventListener("click", (event) => {
    const away = event.target.closest("[data-leave]");
    if (away) { event.preventDefault(); location.replace(away.href); return; }
    document.querySelectorAll(".bar-menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll(".bar-menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });
})();
