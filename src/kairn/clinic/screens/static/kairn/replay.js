// Minute by minute: the slider and the two words follow the part that was fetched; play walks a minute a second, and waits for each answer.
(() => {
  const BEAT = 1000;
  const form = document.getElementById("replay");
  if (!form) return;
  const slider = form.elements.minute, play = document.querySelector("[data-play]"), word = play.textContent;
  let timer = 0, asked = false;
  // A slider under a finger is never moved by the answer to where it was before.
  const follow = (asker) => {
    const { minute, known, at } = document.getElementById("replay-then").dataset;
    if (asker !== form) slider.value = minute;
    slider.setAttribute("aria-valuetext", at);
    form.elements.known.value = known;
  };
  const stop = () => { clearInterval(timer); timer = 0; play.textContent = word; };
  const step = () => {
    if (asked) return;
    if (slider.value === slider.max) { stop(); return; }
    slider.stepUp();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const begin = () => {
    if (slider.value === slider.max) slider.value = slider.min;
    play.textContent = "Stop";
    timer = setInterval(step, BEAT);
    step();
  };
  form.addEventListener("input", () => { asked = true; });
  document.addEventListener("htmx:afterRequest", () => { asked = false; });
  document.addEventListener("htmx:afterSettle", (event) => follow(event.detail.requestConfig && event.detail.requestConfig.elt));
  document.addEventListener("pointerdown", (event) => { if (timer && event.target.closest("#replay input, #replay-then a")) stop(); });
  play.addEventListener("click", () => (timer ? stop() : begin()));
  // Who asked for less motion steps by hand.
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const offer = () => { play.hidden = calm.matches; if (calm.matches) stop(); };
  calm.addEventListener("change", offer);
  offer();
  follow();
})();
