// News says only which stream changed, or (listed) of which stream lists show something else; each open element then asks for its own fragment by an
// ordinary, authorised request.
// One EventSource a browser: the tab that holds the lock listens and tells the others.
(() => {
  const url = document.body.dataset.events;
  if (!url) return;
  const QUIET = 8000, RETRY = 2000, BEAT = 1000, APART = 1000, FEW = 4, TAP = 150;
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("kairn-news") : null;
  const EVERYTHING = "*";
  let heard = Date.now(), down = false, begun = false, wholeAt = -APART, wholeWaits = false, linesAt = -APART, lines = 0;

  const lost = (yes) => { down = yes; document.querySelectorAll("[data-lost]").forEach((banner) => { banner.hidden = !yes; }); };
  const concerns = (element, { stream, seq }) =>
    stream === EVERYTHING || (element.dataset.stream === stream && Number(seq) > Number(element.dataset.seq || -1));
  // What is wished while a part is on its way is kept here, by the part's id, and asked for when the answer stands on the page: htmx would forget it,
  // as the answer takes the place of the element that waited, and what it shows may be older than the wish.
  const onItsWay = new Map(), meanwhile = new Map();
  const bring = (element, message) => {
    if (!onItsWay.has(element.id)) htmx.trigger(element, "kairn:news", { ...message });
    else if (onItsWay.get(element.id)?.stream !== EVERYTHING) onItsWay.set(element.id, message);
  };
  const came = (id) => {
    const wish = onItsWay.get(id), part = document.getElementById(id), later = [...meanwhile.values()];
    onItsWay.delete(id);
    if (part?.dataset.stream === EVERYTHING) {
      meanwhile.clear();
      if (wish) bringWhole(wish);
      else later.forEach(bringLines);
    } else if (wish && part && (part.dataset.of || concerns(part, wish))) bring(part, wish);
  };
  document.body.addEventListener("htmx:beforeSend", ({ detail: { elt, xhr } }) => {
    if (!elt.id || !(elt.dataset.stream || elt.dataset.of)) return;
    if (!onItsWay.has(elt.id)) onItsWay.set(elt.id, null);
    xhr.addEventListener("loadend", () => setTimeout(() => came(elt.id), htmx.config.defaultSettleDelay));
  });
  // News of a whole clinic come by the dozen when the clock changes much at once: a part of everything is brought at most once a second. What lists show
  // otherwise is looked at a second later, so that the charts and lines which the same entry changed come first.
  const bringWhole = (message) => {
    const wait = Math.max(wholeAt + APART - performance.now(), message.listed ? APART : 0);
    const go = () => {
      [wholeAt, wholeWaits] = [performance.now(), false];
      document.querySelectorAll(`[data-stream="${EVERYTHING}"]`).forEach((element) => bring(element, message));
    };
    if (wholeWaits) return;
    if (wait <= 0) return go();
    wholeWaits = true;
    setTimeout(go, wait);
  };
  // A part of everything is a list. It may have lines, each of one stream (data-of): news of that stream bring the line alone, or the whole where more
  // than a few change within a second. What comes while the whole is on its way waits for it, as the whole may be older. Of other streams it hears when listed.
  const isOneOfFew = () => {
    if (performance.now() - linesAt >= APART) [linesAt, lines] = [performance.now(), 0];
    lines += 1;
    return lines <= FEW;
  };
  const bringLines = (message) => {
    const whole = document.querySelector(`[data-stream="${EVERYTHING}"]`);
    const found = whole && message.stream !== EVERYTHING ? [...whole.querySelectorAll(`[data-of="${message.stream}"]`)] : [];
    if (!found.length) { if (message.listed || message.stream === EVERYTHING) bringWhole(message); }
    else if (message.listed) return;
    else if (onItsWay.has(whole.id)) meanwhile.set(message.stream, message);
    else if (!wholeWaits && isOneOfFew()) found.forEach((line) => bring(line, message));
    else bringWhole(message);
  };
  const refresh = (message) => {
    if (!message.listed) document.querySelectorAll("[data-stream]").forEach((element) => {
      if (element.dataset.stream !== EVERYTHING && concerns(element, message)) bring(element, message);
    });
    bringLines(message);
  };
  const told = (message, byAnother) => {
    heard = Date.now();
    // What was said while nobody heard is lost: after a gap every open part asks again, and where another tab heard while this page was made.
    if (down || (byAnother && !begun)) refresh({ stream: EVERYTHING });
    else if (message.stream) refresh(message);
    begun = true;
    lost(false);
  };
  // Nothing is drawn anew under a finger: the tap would be lost, or fall on what has come in its place. Whoever holds on is waited for a second at most.
  let pressedUntil = 0;
  const isPressed = () => performance.now() < pressedUntil;
  addEventListener("pointerdown", () => { pressedUntil = performance.now() + APART; }, true);
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { pressedUntil = Math.min(pressedUntil, performance.now() + TAP); }, true);
  // What a reader has opened stays open when its part is brought anew, or comes along with another part.
  const opened = new Set();
  // Known by its place and its name: data-fold, the rule it is of, or its summary where that says always the same.
  const name = (details) => {
    const place = details.parentElement.closest("details, [id]");
    return `${place?.localName === "details" ? name(place) : place?.id} ${details.dataset.fold || details.dataset.rule || details.querySelector("summary")?.textContent.trim()}`;
  };
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { target, shouldSwap, requestConfig } = detail;
    if (!shouldSwap) return;
    if (requestConfig.headers["Kairn-Unasked"] && isPressed()) {
      detail.shouldSwap = false;
      setTimeout(() => bring(target, { stream: EVERYTHING }), TAP);
      return;
    }
    const along = requestConfig.elt.getAttribute("hx-select-oob");
    [target, ...(along ? document.querySelectorAll(along) : [])].forEach((part) => part.querySelectorAll("details[open]").forEach((details) => opened.add(name(details))));
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    document.querySelectorAll("details:not([open])").forEach((details) => { if (opened.has(name(details))) details.open = true; });
    opened.clear();
  });
  // What a page asks for by itself is no sign that somebody is there, and the idle lock does not take it for one.
  document.body.addEventListener("htmx:configRequest", (event) => {
    const by = event.detail.triggeringEvent;
    if (!by || by.type === "kairn:news") event.detail.headers["Kairn-Unasked"] = "1";
  });
  const tell = (message) => { told(message); channel?.postMessage(message); };
  if (channel) channel.onmessage = (event) => told(event.data, true);

  // A page that is the first to listen says how far the record had grown when it was made, and hears what came after; any other looks at everything.
  const listen = () => {
    const { since } = document.body.dataset;
    const source = new EventSource(since && !begun ? `${url}?since=${since}` : url);
    source.onopen = () => tell({});
    source.addEventListener("news", (event) => tell(JSON.parse(event.data)));
    source.addEventListener("listed", (event) => tell({ ...JSON.parse(event.data), listed: true }));
    source.addEventListener("beat", () => tell({}));
    source.onmessage = (event) => tell(event.data ? JSON.parse(event.data) : {});
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return;
      source.close();
      setTimeout(listen, RETRY);
    };
    return new Promise(() => {});
  };
  const watch = () => {
    if (navigator.onLine === false || Date.now() - heard > QUIET) lost(true);
  };
  if (navigator.locks && channel) navigator.locks.request("kairn-news", listen);
  else listen();
  setInterval(watch, BEAT);
  addEventListener("offline", watch);
  addEventListener("online", () => { heard = Date.now(); });
})();
