/* Tells the server that somebody is there, and covers the page when nobody is. A page with a part that says data-running is read anew instead: the server then serves it dimmed. */
(() => {
  const words = document.currentScript.dataset
  const idle = Number(words.seconds) * 1000
  const tell = Math.min(60000, idle / 4)
  let active = Date.now()
  let told = Date.now()

  const csrf = () => JSON.parse(document.body.getAttribute('hx-headers') || '{}')['X-CSRFToken'] || ''

  function cover () {
    if (document.querySelector('[data-running]')) {
      if (words.dimmed === undefined) location.reload()
      return
    }
    location.href = words.locked + '?next=' + encodeURIComponent(location.pathname + location.search)
  }

  async function sayHere () {
    told = Date.now()
    try {
      const answer = await fetch(words.seen, { method: 'POST', headers: { 'X-CSRFToken': csrf() } })
      if (answer.redirected) cover()
    } catch (lost) {
      /* Without a connection nothing is covered here: the server locks the session by its own clock. */
    }
  }

  function here () {
    active = Date.now()
    if (active - told > tell && words.dimmed === undefined) sayHere()
  }

  for (const sign of ['pointerdown', 'keydown', 'wheel', 'touchstart']) addEventListener(sign, here, { passive: true })
  setInterval(() => { if (Date.now() - active > idle) cover() }, Math.min(5000, idle / 4))
})()
