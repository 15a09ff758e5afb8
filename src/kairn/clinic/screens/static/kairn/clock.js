// Ticking clocks and ages, in the server's time: a tablet's wrong clock never changes what is shown.
(() => {
  const SECOND = 1000, MINUTE = 60, HOUR = 3600, DAY_HOURS = 24, APART = 5000;
  const body = document.body;
  // The page's moment lies between its request and its answer, and the middle is taken. A kept page says how far this device knew the clinic to be ahead.
  const [opened] = performance.getEntriesByType("navigation");
  const since = opened?.responseStart ? performance.now() - ((opened.requestStart || opened.responseStart) + opened.responseStart) / 2 : 0;
  let offset = Number(body.dataset.ahead || (body.dataset.now ? Date.parse(body.dataset.now) - (Date.now() - since) : 0));
  // A clock that is set back under an open page is noticed beside the time the page is open, and made good. Forward it may have been asleep: that stands.
  const beside = () => Date.now() - performance.now();
  let stood = beside();
  const now = () => {
    const back = stood - beside();
    if (Math.abs(back) > SECOND) { stood -= back; offset += Math.max(back, 0); }
    return Date.now() + offset;
  };
  const two = (n) => String(n).padStart(2, "0");
  // What is shown as it stood at another moment is reckoned from that one: data-then holds it.
  const seconds = (element, iso) => {
    const then = element.closest("[data-then]");
    return Math.round((Date.parse(iso) - (then ? Date.parse(then.dataset.then) : now())) / SECOND);
  };

  const clock = (s) => {
    const left = Math.abs(s);
    const hours = Math.floor(left / HOUR);
    const rest = two(Math.floor((left % HOUR) / MINUTE)) + ":" + two(left % MINUTE);
    return hours ? hours + ":" + rest : rest;
  };
  const words = (s) => {
    const minutes = Math.floor(Math.abs(s) / MINUTE);
    if (minutes < 1) return "under 1 min";
    const hours = Math.floor(minutes / MINUTE), days = Math.floor(hours / DAY_HOURS);
    if (days > 1) return days + " days";
    return hours ? hours + " h " + (minutes % MINUTE) + " min" : minutes + " min";
  };
  const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  const tick = () => {
    document.querySelectorAll("[data-count]").forEach((element) => {
      const left = seconds(element, element.dataset.count);
      put(element, clock(left));
      const box = element.closest(".clock");
      if (!box) { element.classList.toggle("over", left < 0); return; }
      box.classList.toggle("clock--over", left < 0);
      const say = box.querySelector("[data-count-say]");
      if (!say) return;
      say.dataset.ahead ||= say.textContent;
      put(say, left < 0 ? "over: " + say.dataset.ahead.replace(/^to /, "") : say.dataset.ahead);
    });
    document.querySelectorAll("[data-left]").forEach((element) => {
      const left = seconds(element, element.dataset.left);
      put(element, left < 0 ? words(left) + " over" : words(left));
    });
    document.querySelectorAll("[data-ago]").forEach((element) => put(element, words(seconds(element, element.dataset.ago)) + " ago"));
  };
  // What the clock alone changes is brought at that moment: a duty that falls due, a criterion that is met. A page that was kept is not brought anew,
  // a part in which somebody writes waits until they are done, and where the clinic's clock has not come so far yet it is asked again a little later.
  let asked = -APART;
  const written = (field) => (/^(radio|checkbox)$/.test(field.type) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue);
  const isWrittenIn = (element) => [...element.querySelectorAll("input:not([type=hidden]), textarea")].some(written);
  const change = () => {
    const due = [...document.querySelectorAll("[data-changes]")].filter((element) => Date.parse(element.dataset.changes) <= now() && !isWrittenIn(element));
    if (body.dataset.kept || !due.length || performance.now() - asked < APART) return;
    asked = performance.now();
    due.forEach((element) => { delete element.dataset.changes; htmx.trigger(element, "kairn:news", {}); });
  };
  window.kairn = Object.assign(window.kairn || {}, { now, words, clock, tick });
  tick();
  setInterval(() => { tick(); change(); }, SECOND);
  document.addEventListener("htmx:afterSettle", tick);
})();
