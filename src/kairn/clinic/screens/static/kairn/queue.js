// What a tablet keeps: entries on their way to the clinic, and the chair's page for a time without network. Each row is encrypted with a key of this
// browser that no script can read out. The service worker and the pages use the same store.
(() => {
  const NAME = "kairn-kept", VERSION = 1, BITS = 256, IV_BYTES = 12;
  const STORES = ["keys", "entries", "pages"];
  let opened = null;

  const open = () => {
    opened ||= new Promise((done, failed) => {
      const request = indexedDB.open(NAME, VERSION);
      request.onupgradeneeded = () => STORES.forEach((name) => request.result.createObjectStore(name));
      request.onsuccess = () => { request.result.onclose = () => { opened = null; }; request.result.onversionchange = () => { request.result.close(); opened = null; }; done(request.result); };
      request.onerror = request.onblocked = () => failed(request.error);
    }).catch((fault) => { opened = null; throw fault; });
    return opened;
  };
  // Done when it is on the disk, not when it was asked for.
  const run = async (name, mode, act) => {
    const work = (await open()).transaction(name, mode, { durability: "strict" });
    const request = act(work.objectStore(name));
    return new Promise((done, failed) => {
      work.oncomplete = () => done(request.result);
      work.onerror = work.onabort = () => failed(work.error);
    });
  };
  const key = async () => {
    const held = await run("keys", "readonly", (store) => store.get("key"));
    if (held) return held;
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: BITS }, false, ["encrypt", "decrypt"]);
    await run("keys", "readwrite", (store) => store.add(made, "key")).catch(() => {}); // another page was first: its key counts
    return run("keys", "readonly", (store) => store.get("key"));
  };
  const sealed = async (value) => {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(), new TextEncoder().encode(JSON.stringify(value))) };
  };
  const unsealed = async (row) => JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv: row.iv }, await key(), row.data)));
  const alone = (work) => navigator.locks.request("kairn-kept", work);

  const get = async (store, id) => {
    const row = await run(store, "readonly", (rows) => rows.get(id));
    return row ? unsealed(row) : null;
  };
  const set = async (store, id, value) => {
    const row = await sealed(value);
    await run(store, "readwrite", (rows) => rows.put(row, id));
  };

  // Every entry, oldest first. One that cannot be read any more is told as such and never thrown away.
  const entries = async () => {
    const ids = await run("entries", "readonly", (rows) => rows.getAllKeys());
    const read = await Promise.all(ids.map((id) => get("entries", id).catch(() => ({ id, unreadable: true, entered: 0 }))));
    return read.filter(Boolean).sort((one, other) => one.entered - other.entered);
  };
  const count = () => run("entries", "readonly", (rows) => rows.count());
  const named = (body, id) => { const fields = new URLSearchParams(body); fields.set("event_id", id); return fields.toString(); };
  // The same form twice is one entry; another content under the same id is another entry, with an id of its own.
  const put = (entry) => alone(async () => {
    const fields = new URLSearchParams(entry.body), wanted = fields.get("event_id") || crypto.randomUUID();
    const held = await get("entries", wanted).catch(() => ({}));
    const id = !held || held.body === named(entry.body, wanted) ? wanted : crypto.randomUUID();
    if (!held || id !== wanted) await set("entries", id, { ...entry, id, body: named(entry.body, id) });
    return id;
  });
  const change = (id, changes) => alone(async () => {
    const held = await get("entries", id);
    if (held) await set("entries", id, { ...held, ...changes });
  });
  const remove = (id) => run("entries", "readwrite", (rows) => rows.delete(id));

  // Pages under the same lock, so that one that is dropped is not put back by what was read before.
  const page = (path) => get("pages", path).catch(() => null);
  const keepPage = (path, made) => alone(() => set("pages", path, made));
  const renewPage = (path, make) => alone(async () => { const held = await page(path); if (held) await set("pages", path, make(held)); });
  const dropPage = (path) => alone(() => run("pages", "readwrite", (rows) => rows.delete(path)));
  const dropPages = () => alone(() => run("pages", "readwrite", (rows) => rows.clear()));

  self.kairnKept = { entries, count, put, change, remove, keepPage, renewPage, page, dropPage, dropPages };
})();
