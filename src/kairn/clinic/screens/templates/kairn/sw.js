// Network first. It keeps the static shell, and encrypted on this device: what is entered at the chair until the clinic has heard it, and the chair's page.
// It records and never judges: what needs the server (start, resume, an order) is not kept. A redirect of Kairn's own counts as heard: nobody may stand between.
const SHELL = JSON.parse("{{ shell|escapejs }}");
const CACHE = "kairn-" + SHELL.version;
importScripts(SHELL.queue);

const PATIENCE = 8000, BRIEF = 2500, LONG = 12000, AGAIN_SECONDS = 10, SILENT_FOR = 15000, SERVER_FAULT = 500, KEPT_FOR = SHELL.hours * 3600000;
const CHAIR = /^(\/patients\/[0-9a-f-]{36}\/visits\/[0-9a-f-]{36}\/chair)(?:\/([a-z-]+))?$/;
const AWAY = /^\/accounts\/(lock|locked|login|logout)\b/;
const PARTS = /<!--kept:(\w+)-->[^]*?<!--\/kept:\1-->/g;
const ONCE = /<!--once-->[^]*?<!--\/once-->/g; // what was said of the entry before: a page shown again must not say it of another one
let lostAt = 0, left = 0;
const opening = new Map();

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL.files)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const drop = (names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(drop).then(() => self.clients.claim()));
});

// The answer of the network; after a while of silence it counts as lost, and for some time after that the patience is short. Only the chair is asked like this.
const lately = () => Date.now() - lostAt < SILENT_FOR;
const inTime = (asked, patience = lately() ? BRIEF : PATIENCE) => {
  let timer;
  const silence = new Promise((_, lost) => { timer = setTimeout(() => lost(new Error("silence")), patience); });
  return Promise.race([asked, silence]).then(
    (answer) => { lostAt = 0; return answer; },
    (lost) => { lostAt = Date.now(); throw lost; },
  ).finally(() => clearTimeout(timer));
};
const ours = (path) => caches.match(path, { cacheName: CACHE });
// What is the same for everybody: the network's where it answers soon, else what is kept here.
const shell = async (request, path) => {
  const kept = await ours(path);
  if (kept && lately()) return kept;
  const soon = new Promise((done) => { setTimeout(done, BRIEF, kept); });
  return Promise.race([fetch(request).catch(() => kept), ...(kept ? [soon] : [])]);
};
const saying = async (what) => {
  const html = await (await ours(SHELL.offline)).text();
  const again = what === "lost" ? { Refresh: String(AGAIN_SECONDS) } : {};
  return new Response(html.replace(`data-says="${what}" hidden`, `data-says="${what}"`), { headers: { "Content-Type": "text/html; charset=utf-8", ...again } });
};

// Nobody may go on as whoever was here before: what was asked for before somebody left is not kept when it comes after.
const dropPages = () => { left += 1; return kairnKept.dropPages().catch(() => {}); };
const asking = () => ({ at: Date.now(), left });
const keep = async (path, answer, asked) => {
  const came = Date.now();
  const mode = answer.headers.get("Kairn-Keep");
  if (!mode) { await kairnKept.dropPage(path); return; }
  const html = (await answer.text()).replace(ONCE, "");
  if (asked.left !== left) return;
  if (mode === "dimmed") await dropPages();
  const ahead = Date.parse(/data-now="([^"]+)"/.exec(html)[1]) - (asked.at + came) / 2; // the page's moment lies between the two
  await kairnKept.keepPage(path, { html, headers: [...answer.headers], ahead, kept: came });
};
// The newest live part stands in the kept page, so that it is as old as the latest news and no older.
const keepParts = async (path, answer, asked) => {
  const mode = answer.headers.get("Kairn-Keep");
  if (mode !== "open") { if (mode) await dropPages(); return; }
  const held = () => Promise.resolve(opening.get(path)).then(() => kairnKept.page(path));
  if (!await held()) { // opened before the worker stood by
    const again = { ...asked, at: Date.now() }, whole = await fetch(path, { headers: { "Kairn-Unasked": "1" } });
    if (!await held()) await keep(path, whole, again);
    return;
  }
  const parts = new Map([...(await answer.text()).matchAll(PARTS)].map((found) => [found[1], found[0]]));
  await kairnKept.renewPage(path, (page) => ({ ...page, html: page.html.replace(PARTS, (before, name) => parts.get(name) || before), kept: Date.now() }));
};
// Each time it is shown its forms get new ids, its clock goes on, and it says of itself that it was kept and when.
const keptPage = async (path) => {
  const page = await kairnKept.page(path);
  if (!page || Date.now() - page.kept > KEPT_FOR) return null;
  const asOf = new Date(page.kept + page.ahead).toISOString();
  const html = page.html
    .replace(/(name="event_id" value=")[0-9a-f-]{36}/g, (_, field) => field + crypto.randomUUID())
    .replace(/data-now="[^"]*"/, `data-ahead="${page.ahead}" data-kept="${asOf}"`);
  return new Response(html, { headers: page.headers.filter(([name]) => !/^(content-(length|encoding)|date|set-cookie|kairn-keep)$/i.test(name)) });
};

const openedChair = async (event, path) => {
  const began = asking(), asked = fetch(event.request);
  let answer = await inTime(asked).catch(() => null);
  if (!answer || answer.status >= SERVER_FAULT) {
    const page = await keptPage(path).catch(() => null);
    if (page) return page;
    answer ||= await inTime(asked, LONG).catch(() => null); // with nothing to show instead, a slow clinic is waited for
    if (!answer) return saying("lost");
  }
  if (answer.type === "basic") {
    opening.set(path, keep(path, answer.clone(), began).catch(() => {}));
    event.waitUntil(opening.get(path));
  }
  return answer;
};
// Whoever goes leaves nothing of theirs, also where the answer is lost; until the clinic has answered, their page may still ask as them.
const leaving = async (request) => {
  await dropPages();
  return fetch(request).finally(dropPages);
};
const passed = (request, path) => (AWAY.test(path) ? leaving(request) : fetch(request));
const opened = (request, path) => passed(request, path).catch(() => saying("lost"));
const part = async (event, path) => {
  const began = asking(), answer = await fetch(event.request);
  if (answer.ok) event.waitUntil(keepParts(path, answer.clone(), began).catch(() => {}));
  return answer;
};

const heard = (answer) => answer.type === "opaqueredirect" || Boolean(answer.headers.get("Kairn-Heard"));
const entered = async (request, path, chair) => {
  const fields = new URLSearchParams(await request.clone().text());
  if (!fields.get(SHELL.token)) return sent(request, path);
  fields.delete("csrfmiddlewaretoken");
  const now = Date.now(), at = fields.get("offline_pressed") || new Date(now).toISOString();
  fields.delete("offline_pressed");
  const entry = { url: path, chair, body: fields.toString(), entered: now, at, state: "sending" };
  const id = await kairnKept.put(entry).catch(() => ""); // before it is sent: what happens then can no longer lose it
  const answer = await inTime(fetch(request)).catch(() => null);
  if (answer && heard(answer)) { if (id) await kairnKept.remove(id).catch(() => {}); return answer; }
  if (!id) return saying("not-saved");
  await kairnKept.change(id, { state: "saved" }).catch(() => {});
  if (answer && answer.headers.get("Kairn-Not-Taken")) return answer;
  return await kairnKept.page(chair) ? Response.redirect(chair, 303) : saying("saved");
};
const sent = (request, path) => passed(request, path).catch(() => saying("not-saved"));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url), path = url.pathname;
  if (url.origin !== location.origin) return;
  if (request.method === "GET" && SHELL.files.includes(path)) { event.respondWith(shell(request, path)); return; }
  const [, chair, act] = CHAIR.exec(path) || [];
  if (request.method === "GET" && request.mode === "navigate") { event.respondWith(chair && !act ? openedChair(event, path) : opened(request, path)); return; }
  if (request.method === "GET" && chair && act === "live") { event.respondWith(part(event, chair)); return; }
  // A form of another site goes its own way, and the server refuses it.
  if (request.method !== "POST" || request.mode !== "navigate" || !request.referrer.startsWith(location.origin + "/")) return;
  event.respondWith(chair && act ? entered(request, path, chair) : sent(request, path));
});
