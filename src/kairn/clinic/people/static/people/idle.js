/* Tells the server that somebody is there, and covers the page when nobody is. A page with a part that says data-running is read anew instead: the server then serves it dimmed.
   Without the server a running visit stays open, and signs for nobody: kairnAlone tells it, to every page of this tablet, until the clinic serves a page to somebody again. */
(() => {
  const words = document.currentScript.dataset
  const idle = Number(words.seconds) * 1000
  const tell = Math.min(60000, idle / 4)
  const SEEN = 'kairn-seen-here'
  const remembered = () => { try { return Number(localStorage.getItem(SEEN) || Date.now()) } catch (closed) { return Date.now() } }
  const remember = (moment) => { try { localStorage.setItem(SEEN, String(moment)) } catch (closed) { /* this page then reckons by itself */ } }
  const kept = () => document.body.dataset.kept !== undefined
  let told = Date.now()
  let leaving = false

  if (!kept()) remember(words.dimmed === undefined ? Date.now() : 0)
  let active = Math.min(remembered(), Date.now())
  let alone = kept() && Date.now() - active > idle
  const gone = () => Date.now() - active > idle || (words.dimmed === undefined && remembered() === 0)
  self.kairnAlone = () => alone || gone()

  const csrf = () => JSON.parse(document.body.getAttribute('hx-headers') || '{}')['X-CSRFToken'] || ''
  const reached = () => fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(4000) }).then((answer) => answer.ok, () => false)

  async function cover () {
    if (leaving || alone) return
    leaving = true
    const running = document.querySelector('[data-running]')
    if (running && !await reached()) {
      alone = true
      remember(0)
    } else if (!running) {
      location.href = words.locked + '?next=' + encodeURIComponent(location.pathname + location.search)
    } else if (words.dimmed === undefined) {
      location.reload()
    }
    leaving = false
  }

  async function sayHere () {
    told = Date.now()
    try {
      const answer = await fetch(words.seen, { method: 'POST', headers: { 'X-CSRFToken': csrf() } })
      if (answer.redirected && !kept()) cover()
    } catch (lost) {
      /* Without a connection nothing is covered here: the server locks the session by its own clock. */
    }
  }

  function here () {
    if (alone) return
    if (gone()) { cover(); return }
    active = Date.now()
    remember(active)
    if (active - told > tell && words.dimmed === undefined) sayHere()
  }

  for (const sign of ['pointerdown', 'keydown', 'wheel', 'touchstart']) addEventListener(sign, here, { passive: true })
  setInterval(() => { active = Math.max(active, remembered()); if (gone()) cover() }, Math.min(5000, idle / 4))
})()
