// A time without network, as the page sees it: forms carry whose hand writes, what waits is told and sent, and a kept page says that it was kept.
// The service worker keeps; this sends. Nothing is judged here but the limits of single values that came with the page.
(() => {
  const body = document.body, EVERY = 4000, GIVEN_UP = 15000, PATIENCE = 10000, FRESH = 240000, QUIET = 60000, CLIENT = 400, LOCKED = 423, SERVER = 500;
  const THOUSAND = 1000;
  const workers = window.isSecureContext && navigator.serviceWorker;
  if (workers) workers.register("/sw.js", { scope: "/" });
  const told = () => JSON.parse(document.getElementById("kept")?.textContent || "null");
  let chair = told();
  // Where the chair answers a form, a reload asks for the chair: neither the lock nor a person sends a refused form a second time unasked.
  if (document.getElementById("chair-live") && location.pathname !== chair.chair) history.replaceState(null, "", chair.chair);
  const all = (what) => [...document.querySelectorAll(what)];
  const show = (what, yes) => all(what).forEach((element) => { if (element.hidden === yes) element.hidden = !yes; });
  // A tablet that could keep nothing says so at the chair: nobody may believe that it does.
  const keepsNothing = (yes) => { if (chair) show("[data-keeps-nothing]", yes); };
  if (!self.kairnKept || !workers) { keepsNothing(true); return; }
  const kept = body.dataset.kept || "";
  const alone = () => Boolean(self.kairnAlone && self.kairnAlone());
  const hour = (moment) => new Date(moment).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: chair.zone });

  // --- forms -------------------------------------------------------------------------------------------------------------------------
  const keeps = (form) => chair && (form.getAttribute("action") || "").startsWith(chair.chair + "/");
  const hidden = (form, name, value) => {
    const field = form.querySelector(`input[name="${name}"]`) || form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
    field.value = value;
  };
  // Only where a worker stands by does a form say whose hand it is: without one nothing would be kept, and nothing may say so.
  const watched = () => Boolean(workers.controller);
  const prepare = () => all("main form[method=post]").forEach((form) => {
    if (keeps(form)) { if (watched()) hidden(form, chair.field, chair.token); }
    else if (kept) form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-disabled", "true"));
  });
  // When it was pressed goes with it, by the clinic's clock: a network may hold a form for minutes and deliver it after all.
  document.addEventListener("submit", ({ target }) => {
    if (!keeps(target)) return;
    if (watched()) hidden(target, "offline_pressed", new Date(self.kairn.now()).toISOString());
    if (alone()) hidden(target, "offline_alone", "1");
  }, true);

  // --- what is said of an entry ------------------------------------------------------------------------------------------------------
  const value = (fact, said) => { const [name, unit] = chair.labels[fact] || [fact, ""]; return [name, said, unit].filter(Boolean).join(" "); };
  const typed = (fields) => [...fields].filter(([name, said]) => said && !/^(event_id|from|follows|read|offline_.*)$/.test(name)).map(([name, said]) => value(name, said));
  // A value as a rule sees it: rounded to the step of its fact, half to even; counted in thousandths, so that nothing is lost in between.
  const thousandths = (said) => Math.round(Number(said) * THOUSAND);
  const seen = (fact, said) => {
    const value = thousandths(said), step = thousandths((chair.labels[fact] || [])[2] || 0);
    if (!step) return value;
    const whole = Math.floor(value / step), over = 2 * (value - whole * step);
    return step * (over > step || (over === step && whole % 2) ? whole + 1 : whole);
  };
  const passes = ({ fact, is, from, to, above, below }, said) => {
    if (is) return is.includes(said);
    const number = seen(fact, said), so = (limit, met) => limit === undefined || met(thousandths(limit));
    return said !== "" && !Number.isNaN(number) && so(from, (limit) => number >= limit) && so(to, (limit) => number <= limit)
      && so(above, (limit) => number > limit) && so(below, (limit) => number < limit);
  };
  const limits = (fields) => chair.limits.filter((limit) => fields.getAll(limit.fact).some((said) => passes(limit, said.trim())));
  const judged = (fields) => {
    const met = new Set(limits(fields).map((limit) => `The protocol's limit (${limit.level}): ${limit.rule}.`));
    return [...met, `Limits of ${chair.at}. Every other rule is not judged without the clinic.`].join(" ");
  };

  // --- the list on the chair ---------------------------------------------------------------------------------------------------------
  const received = new Map();
  const put = (root, what, text) => root.querySelectorAll(what).forEach((element) => { if (element.textContent !== text) element.textContent = text; });
  const row = (entry) => {
    const made = document.querySelector("[data-kept-row]").content.cloneNode(true).firstElementChild;
    if (entry.unreadable) { put(made, "[data-row=name]", "An entry that this tablet cannot read any more. Tell the clinic lead."); return made; }
    const fields = new URLSearchParams(entry.body), act = entry.url.split("/").pop(), done = entry.state === "received";
    put(made, "[data-row=at]", hour(entry.at));
    put(made, "[data-row=name]", chair.acts[act] || act);
    put(made, "[data-row=said]", typed(fields).join(", "));
    if (!done) put(made, "[data-row=limits]", judged(fields));
    put(made, "[data-row=why]", (entry.why || []).join(" "));
    made.querySelector("[data-row=saved]").hidden = done;
    made.querySelector("[data-row=received]").hidden = !done;
    made.querySelector("[data-row=acts]").hidden = entry.state !== "refused";
    made.querySelector("[data-act=note]").addEventListener("click", (event) => { event.target.disabled = true; asNote(entry, fields); });
    return made;
  };
  const list = async (waiting) => {
    const box = document.getElementById("kept-entries");
    if (!box || !chair) return;
    const mine = [...received.values(), ...waiting].filter((entry) => entry.unreadable || entry.chair === chair.chair);
    box.hidden = !mine.length;
    const stands = JSON.stringify(mine);
    if (box.dataset.stands === stands) return;
    box.dataset.stands = stands;
    box.querySelector("[data-kept-list]").replaceChildren(...mine.map(row));
  };
  // What the clinic could not take as it was entered is never thrown away: its words go into the record as a note.
  const asNote = async (entry, fields) => {
    const words = [`Entered at the chair, not taken as it was: ${chair.acts[entry.url.split("/").pop()]}`, typed(fields).join(", "), (entry.why || []).join(" ")];
    const said = new URLSearchParams();
    said.set("event_id", crypto.randomUUID()); // the first one may be in the record with another content
    [chair.field, "offline_alone"].forEach((name) => { if (fields.get(name)) said.set(name, fields.get(name)); });
    said.set("text", words.filter(Boolean).join(". "));
    await kairnKept.change(entry.id, { url: `${entry.chair}/note`, body: said.toString(), state: "saved", why: [] });
    look();
  };

  // --- sending -----------------------------------------------------------------------------------------------------------------------
  const csrf = () => JSON.parse(body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
  const post = (entry) => {
    const form = new URLSearchParams(entry.body);
    form.set("offline_at", entry.at);
    const headers = { "X-CSRFToken": csrf(), "Kairn-Unasked": "1" };
    return fetch(entry.url, { method: "POST", body: form, headers, redirect: "error", signal: AbortSignal.timeout(PATIENCE) });
  };
  const NOBODY = "They are sent when somebody who works at the chair is signed in here.";
  let why = "", quietUntil = 0;
  const refuse = (entry, said) => kairnKept.change(entry.id, { state: "refused", why: said });
  // One after another, in the order they were entered. False where nothing more can be sent now; what this person may not send waits for another.
  const send = async (entry) => {
    const answer = await post(entry).catch(() => null);
    if (!answer) { why = ""; return false; }
    if (answer.headers.get("Kairn-Not-Taken")) { why = NOBODY; quietUntil = Date.now() + QUIET; return answer.status !== LOCKED; }
    if (answer.status >= SERVER) { why = "The clinic cannot take them at the moment."; return true; }
    const said = await answer.json().catch(() => null);
    if (!said || !answer.headers.get("Kairn-Heard")) { if (answer.status >= CLIENT) await refuse(entry, [`The clinic answered ${answer.status}.`]); return true; }
    if (answer.status >= CLIENT) { await refuse(entry, said.why); return true; }
    await kairnKept.remove(entry.id);
    received.set(entry.id, { ...entry, state: "received", why: said.also });
    return true;
  };
  const ready = (entry) => !entry.unreadable && entry.state !== "refused" && (entry.state === "saved" || Date.now() - entry.entered > GIVEN_UP);
  const sendAll = () => navigator.locks.request("kairn-sending", { ifAvailable: true }, async (free) => {
    if (!free) return;
    for (const entry of (await kairnKept.entries()).filter(ready)) if (!await send(entry)) return;
  });
  const staffed = () => Boolean(body.dataset.events && document.querySelector("[data-waiting-says]")) && !document.querySelector("script[data-dimmed]");
  const maySend = () => staffed() && navigator.onLine !== false && Date.now() > quietUntil;

  // --- looking, now and then -----------------------------------------------------------------------------------------------------------
  const tell = (waiting) => {
    const count = waiting.length;
    put(document, "[data-waiting]", count === 1 ? "One entry is saved" : `${count} entries are saved`);
    put(document, "[data-waiting-why]", staffed() ? why : NOBODY);
    show("[data-waiting-says]", count > 0);
  };
  let broken = false;
  const look = async () => {
    const saved = (entries) => entries.filter((entry) => entry.unreadable || entry.state !== "sending" || Date.now() - entry.entered > GIVEN_UP);
    try {
      if (maySend() && await kairnKept.count()) await sendAll();
      const waiting = saved(await kairnKept.entries());
      tell(waiting);
      await list(waiting);
      broken = false;
    } catch { broken = true; }
    keepsNothing(broken || (!watched() && performance.now() > GIVEN_UP));
  };
  let reached = Date.now();
  const renew = () => {
    const live = document.getElementById("chair-live");
    if (live && !kept) { reached = Date.now(); htmx.trigger(live, "kairn:news", {}); }
  };
  const ask = async () => {
    if (kept) await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(EVERY) }).then((answer) => { if (answer.ok) show("[data-kept-back]", true); }).catch(() => {});
    // A chart on paper must be young: the kept page is made anew now and then, also when no news comes.
    if (Date.now() - reached > FRESH) renew();
    show("[data-alone-says]", alone());
    await look();
  };

  prepare();
  // With the live part comes a newer hand: what the page shows by now is known to whoever writes on it.
  document.addEventListener("htmx:load", () => { chair = told(); prepare(); });
  if (kept) {
    show("[data-kept-says]", true);
    all("[data-kept-at]").forEach((element) => { element.textContent = hour(kept); });
    all("[data-kept-age]").forEach((element) => { element.dataset.ago = kept; });
    self.kairn.tick();
    show("[data-kept-judged]", true); // what was said then is not said now; the next live part of the clinic's brings its own word
    show("[data-judged]", false);
  }
  if (chair) navigator.storage?.persist?.().catch(() => {}); // a browser that runs out of room asks before it throws away
  // A worker that comes after the page keeps it now. Asked beside the page: a request of its own that is still on its way would swallow this one.
  const keepNow = () => {
    const live = document.getElementById("chair-live");
    if (live && !kept) fetch(live.getAttribute("hx-get"), { headers: { "Kairn-Unasked": "1" } }).catch(() => {});
  };
  workers.addEventListener("controllerchange", () => { prepare(); keepNow(); });
  addEventListener("online", () => { quietUntil = 0; ask(); });
  setInterval(ask, EVERY);
  ask();
})();
