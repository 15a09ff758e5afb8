"""A time without network at the chair, in a real browser: what is entered is kept, sent once, and stays whose it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cable import Cable
from playwright.sync_api import Browser, expect
from tablet import CONTROLLED, SOON_MS, WAITS, Tablet, eventually
from tests.clinic.acts_walk import Walk

from kairn.clinic.acts import pump
from kairn.record.event import Event
from kairn.record.payloads import DrugGiven, NoteWritten, Observed, PhaseEntered, PumpPaused, PumpStarted, PumpStopped, TaskOpened
from kairn.record.payloads_harm import AdverseEventNoted

SLOW_SECONDS = 5
SETTLED_MS = 20_000
ON_ITS_WAY_MS = 1_500
"""Longer than a page waits for its worker before it says that it has none."""
NO_STORE = "indexedDB.open = () => { throw new DOMException('not here', 'SecurityError') }"
COMES_LATE = """async ([chair, left]) => {
  await kairnKept.dropPages();
  const asked = asking(), answer = await fetch(chair);
  if (left) await dropPages();
  await keep(chair, answer, asked);
  return Boolean(await kairnKept.page(chair));
}"""
ASKED_MEANWHILE = """async (chair) => {
  const going = opened(new Request("/accounts/locked"), "/accounts/locked");
  const asked = asking(), answer = await fetch(chair);
  await going;
  await keep(chair, answer, asked);
  return Boolean(await kairnKept.page(chair));
}"""
COUNT_PAGES = """new Promise(done => { indexedDB.open('kairn-kept').onsuccess = (opened) => {
  opened.target.result.transaction('pages').objectStore('pages').count().onsuccess = (counted) => done(counted.target.result);
} })"""


def live(walk: Walk, kind: type) -> list[tuple[Event, Any]]:
    return walk.history.all(kind)


def test_ten_minutes_without_network_in_the_middle_of_a_session(tablet: Tablet, walk: Walk, clock: Any) -> None:
    """All that is entered meanwhile is told as saved, then as received, and stands once in the record: with its nurse and with when it was."""
    page, before, began = tablet.page, walk.history.seq, clock.now()
    tablet.line.pull()
    tablet.vitals(systolic="172")
    expect(page.locator("[data-kept-says]")).to_contain_text("Kept on this tablet")
    tablet.waiting(1)
    for said in ("saved on this tablet", "The protocol's limit (alert)", "not judged without the clinic"):
        expect(tablet.kept().first).to_contain_text(said)
    tablet.given("ondansetron", "4 mg")
    tablet.press("pump-paused")
    tablet.unwanted("nausea")
    tablet.note("The monitor was moved to the other arm.")
    tablet.waiting(5)
    assert walk.history.seq == before, "nothing has reached the clinic"
    clock.later(minutes=10)
    tablet.line.plug()
    tablet.waiting(0)
    expect(tablet.kept().filter(has_text="received")).to_have_count(5)
    nurse = str(walk.users["nurse"].id)
    mine = [event for event in walk.history.live if event.seq > before and not isinstance(event.payload, TaskOpened)]
    assert [type(event.payload) for event in mine] == [Observed, DrugGiven, PumpPaused, AdverseEventNoted, NoteWritten]
    assert {event.by.id for event in mine} == {nurse} == {event.sent_by.id for event in mine}
    times = [event.occurred_at for event in mine]
    assert times == sorted(times) and began - timedelta(seconds=5) <= times[0] and times[-1] < began + timedelta(minutes=5), (
        "told when it was, not when it came"
    )
    expect(page.locator("[data-kept-back]")).to_be_visible(timeout=SOON_MS)
    page.locator("[data-kept-back] a").click()
    expect(page.locator("[data-kept-says]")).to_be_hidden()
    expect(page.locator("#chair-entries")).to_contain_text("Pump paused")
    tablet.press("pump-stopped")
    assert [type(event.payload) for event in walk.history.live[-2:]] == [PumpStopped, PhaseEntered]


def test_a_rate_beyond_its_limits_shows_them_without_network(tablet: Tablet) -> None:
    """Both ends of what may lie between two limits belong to it."""
    tablet.line.pull()
    rates = {"160": ["alert", "pause"], "131": ["alert", "pause"], "130": ["alert"], "120": [], "45": ["alert"], "44": ["alert", "pause"]}
    entered = [("heart_rate", "Heart rate", said, met) for said, met in rates.items()]
    entered += [("respiratory_rate", "Breaths a minute", said, met) for said, met in {"25": ["alert"], "24": [], "10": [], "9": ["alert"]}.items()]
    for count, (fact, label, said, met) in enumerate(entered, 1):
        tablet.vitals(**{fact: said})
        tablet.waiting(count)
        row = tablet.kept().filter(has_text=f"{label} {said} ")
        expect(row).to_contain_text("not judged without the clinic")
        told = row.locator("[data-row=limits]").inner_text()
        assert [level for level in ("alert", "pause", "stop") if f"The protocol's limit ({level})" in told] == met, (fact, said, told)


@pytest.mark.parametrize("act", ["vitals", "pump-paused", "pump-stopped", "note", "drug"])
def test_an_answer_that_is_lost_on_its_way_makes_no_second_entry(tablet: Tablet, walk: Walk, act: str) -> None:
    """The clinic has recorded it, and the tablet does not know: it is sent again, and is one entry."""
    does = {"vitals": tablet.vitals, "note": lambda: tablet.note("Asleep."), "drug": lambda: tablet.given("ondansetron", "4 mg")}
    before = walk.history.seq
    tablet.line.lose_answers = True
    does.get(act, lambda: tablet.press(act))()
    eventually(lambda: walk.history.seq > before)
    stored = [event.id for event in walk.history.live if event.seq > before]
    tablet.waiting(1)
    tablet.line.plug()
    tablet.waiting(0)
    assert [event.id for event in walk.history.live if event.seq > before] == stored
    expect(tablet.kept().first).to_contain_text("received")


def test_a_network_that_says_nothing_is_lost_as_well(tablet: Tablet, walk: Walk) -> None:
    tablet.line.swallow()
    tablet.note("Said into the silence.")
    tablet.waiting(1)
    expect(tablet.page.locator("[data-kept-says]")).to_be_visible()
    tablet.line.plug()
    tablet.waiting(0)
    assert [said.text for _, said in live(walk, NoteWritten)] == ["Said into the silence."]


def test_a_tab_that_crashes_loses_nothing(tablet: Tablet, walk: Walk) -> None:
    tablet.line.pull()
    tablet.vitals()
    tablet.note("Before the crash.")
    tablet.waiting(2)
    tablet.page.close()
    tablet.hand.seen.page = tablet.hand.context.new_page()
    tablet.page.goto(tablet.line.address + tablet.chair)
    tablet.waiting(2)
    tablet.line.plug()
    tablet.waiting(0)
    assert len(live(walk, NoteWritten)) == 1


def test_another_person_signs_in_and_the_entries_stay_whose_they_were(tablet: Tablet, walk: Walk) -> None:
    """Signed out with entries waiting: the sign-in says how many, whoever comes next sends them, and the author is the nurse."""
    tablet.line.pull()
    tablet.vitals()
    tablet.press("pump-paused")
    tablet.waiting(2)
    tablet.hand.context.clear_cookies(name="sessionid")
    tablet.line.plug()
    tablet.page.goto(tablet.line.address + "/accounts/login/")
    tablet.waiting(2)
    expect(tablet.page.locator(WAITS)).to_contain_text("is signed in here")
    before = walk.history.seq
    tablet.hand.user = walk.users["prescriber"]
    tablet.hand.sign_in_again()
    tablet.hand.go("/chairs")
    tablet.waiting(0)
    arrived = [event for event in walk.history.live if event.seq > before]
    assert [type(event.payload) for event in arrived] == [Observed, PumpPaused]
    assert {event.by.id for event in arrived} == {str(walk.users["nurse"].id)} and {event.sent_by.id for event in arrived} == {str(walk.users["prescriber"].id)}


def test_a_form_that_the_lock_turns_away_is_kept_and_comes_after_the_lock_is_opened(tablet: Tablet, walk: Walk) -> None:
    tablet.lock()
    tablet.page.locator("#note textarea").fill("Typed as the lock fell.")
    tablet.page.locator("#note button").click()
    expect(tablet.page.get_by_role("heading", name="Not recorded yet")).to_be_visible()
    assert live(walk, NoteWritten) == []
    tablet.unlock()
    tablet.hand.go("/chairs")
    tablet.waiting(0)
    assert [(said.text, event.by.id) for event, said in live(walk, NoteWritten)] == [("Typed as the lock fell.", str(walk.users["nurse"].id))]


def test_what_needs_the_clinic_is_refused_without_it(tablet: Tablet, walk: Walk) -> None:
    """Paused, then without network: resume is closed on the kept page, and a form sent all the same records nothing."""
    tablet.vitals()
    tablet.press("pump-paused")
    tablet.sit()
    tablet.line.pull()
    tablet.hand.page.goto(tablet.line.address + tablet.chair)
    expect(tablet.page.locator("[data-kept-says]")).to_be_visible()
    resume = tablet.page.locator("form[action$='/resume'] button").first
    expect(resume).to_have_attribute("aria-disabled", "true")
    starts, before = len(live(walk, PumpStarted)), walk.history.seq
    tablet.page.locator("form[action$='/resume']").first.evaluate("form => form.submit()")
    expect(tablet.page.get_by_role("heading", name="Not kept here")).to_be_visible()
    tablet.line.plug()
    assert len(live(walk, PumpStarted)) == starts and walk.history.seq == before


def test_what_the_clinic_cannot_take_waits_for_a_person_and_becomes_a_note(tablet: Tablet, walk: Walk) -> None:
    tablet.line.pull()
    tablet.page.locator("#p-systolic").fill("12o")
    tablet.hand.press(tablet.page.locator("[data-padset] [data-two-taps]").first)
    tablet.waiting(1)
    tablet.line.plug()
    row = tablet.kept().first
    expect(row).to_contain_text("12o", timeout=SOON_MS)
    button = row.get_by_role("button", name="Keep it as a note")
    expect(button).to_be_visible(timeout=SOON_MS)
    button.click()
    tablet.waiting(0)
    event, said = live(walk, NoteWritten)[-1]
    assert "12o" in said.text and event.by.id == str(walk.users["nurse"].id)


def test_what_somebody_else_recorded_meanwhile_is_listed_and_asked_about(tablet: Tablet, walk: Walk, clock: Any) -> None:
    tablet.line.pull()
    tablet.press("pump-stopped")
    tablet.waiting(1)
    walk.now = clock.now()
    walk.act(pump.stop_pump, "prescriber")
    clock.later(seconds=30)
    tablet.line.plug()
    tablet.waiting(0)
    expect(tablet.kept().first).to_contain_text("A prescriber recorded at")
    assert len(live(walk, PumpStopped)) == 2
    assert [task.owner for _, task in live(walk, TaskOpened) if "recorded twice" in task.what] == ["nurse"]


def test_a_tablet_left_alone_without_network_signs_for_nobody(tablet: Tablet, walk: Walk) -> None:
    """Nobody was there for longer than the idle minutes: it goes on working, and what is entered waits for a named person."""
    tablet.line.pull()
    tablet.hand.page.goto(tablet.line.address + tablet.chair)
    tablet.page.evaluate("localStorage.setItem('kairn-seen-here', String(Date.now() - 3600000))")
    tablet.hand.page.goto(tablet.line.address + tablet.chair)
    expect(tablet.page.locator("[data-alone-says]")).to_be_visible(timeout=SOON_MS)
    tablet.press("pump-stopped")
    tablet.waiting(1)
    tablet.line.plug()
    tablet.waiting(0)
    stop, _ = live(walk, PumpStopped)[-1]
    assert stop.by.id == "unsigned" and stop.sent_by.id == str(walk.users["nurse"].id)
    assert any(task.what.startswith("Claim the stop") for _, task in live(walk, TaskOpened))


def test_a_locked_tablet_keeps_no_page_of_whoever_was_here_before(tablet: Tablet, walk: Walk) -> None:
    """The lock drops what was kept; without network the chair is not there, and nobody can go on in the nurse's name."""
    tablet.page.goto(tablet.line.address + "/accounts/locked")
    tablet.line.pull()
    tablet.page.goto(tablet.line.address + tablet.chair)
    expect(tablet.page.get_by_role("heading", name="Not connected")).to_be_visible()
    assert tablet.page.evaluate(COUNT_PAGES) == 0
    tablet.line.plug()
    expect(tablet.page.locator("#chair-live")).to_be_visible(timeout=SOON_MS)  # nobody tapped "try again"


@pytest.mark.parametrize("left", [False, True])
def test_a_page_that_comes_after_the_lock_is_not_kept(tablet: Tablet, walk: Walk, left: bool) -> None:
    """The worker asked for it before, and it comes when nobody is here any more."""
    tablet.hand.go("/chairs")
    (worker,) = tablet.hand.context.service_workers
    assert worker.evaluate(COMES_LATE, [tablet.chair, left]) is not left


def test_a_page_that_was_asked_for_while_the_lock_was_on_its_way_is_not_kept(tablet: Tablet) -> None:
    """Its news come until the next page is there, and they are asked for in the name of whoever leaves."""
    tablet.hand.go("/chairs")
    (worker,) = tablet.hand.context.service_workers
    assert worker.evaluate(ASKED_MEANWHILE, tablet.chair) is False


def test_where_no_page_is_kept_a_slow_clinic_is_waited_for(tablet: Tablet, walk: Walk) -> None:
    """Also soon after a loss, when the patience is short: there is nothing to show instead."""
    tablet.page.goto(tablet.line.address + "/accounts/locked")
    tablet.line.pull()
    tablet.page.goto(tablet.line.address + tablet.chair)
    tablet.line.plug()
    tablet.line.hold(SLOW_SECONDS)
    tablet.hand.go(tablet.chair)
    expect(tablet.page.locator("#chair-live")).to_be_visible()


def test_a_chart_opened_before_the_worker_stood_by_is_kept_as_well(browser: Browser, walk: Walk, line: Cable) -> None:
    """The first page a new tablet opens: without network it is there, and takes what is entered."""
    new = Tablet(browser, walk, line)
    new.hand.go(new.chair)
    new.page.evaluate(CONTROLLED)
    assert new.page.evaluate("performance.getEntriesByType('navigation')[0].workerStart") == 0, "the worker has not seen this page come"
    eventually(lambda: new.page.evaluate("kairnKept.page(location.pathname).then(Boolean)"))
    line.pull()
    new.note("The first words on a new tablet.")
    new.waiting(1)
    expect(new.page.locator("[data-kept-says]")).to_be_visible()
    line.plug()
    new.waiting(0)
    assert [(said.text, event.by.id) for event, said in live(walk, NoteWritten)] == [("The first words on a new tablet.", str(walk.users["nurse"].id))]
    new.hand.context.close()


def test_a_chart_is_kept_also_while_its_page_waits_for_an_answer(tablet: Tablet) -> None:
    """The worker comes while the page's own request is on its way, and the page does not ask again."""
    tablet.page.evaluate("() => { htmx.trigger = () => {} }")
    eventually(lambda: stays_away(tablet))
    tablet.page.evaluate("() => { navigator.serviceWorker.dispatchEvent(new Event('controllerchange')) }")
    eventually(lambda: tablet.page.evaluate("kairnKept.page(location.pathname).then(Boolean)"))


def stays_away(tablet: Tablet) -> bool:
    """Whether a page that was dropped stays so: nothing that was on its way when it was dropped brings it again."""
    tablet.page.evaluate("kairnKept.dropPages()")
    tablet.page.wait_for_timeout(ON_ITS_WAY_MS)
    return not tablet.page.evaluate("kairnKept.page(location.pathname).then(Boolean)")


@pytest.mark.parametrize("without", ["nothing", "worker", "store"])
def test_a_tablet_that_could_keep_nothing_says_so_at_the_chair(browser: Browser, walk: Walk, line: Cable, without: str) -> None:
    new = Tablet(browser, walk, line, service_workers="block" if without == "worker" else "allow")
    if without == "store":
        new.hand.context.add_init_script(NO_STORE)
    new.page.clock.install()
    new.hand.go(new.chair)
    if without != "worker":
        new.page.evaluate(CONTROLLED)
    new.page.clock.run_for(SETTLED_MS)
    new.page.evaluate("kairnKept.entries().then(kairnKept.entries).catch(() => {})")  # what the page asked of its store is answered by then
    said = new.page.locator("[data-keeps-nothing]")
    if without == "nothing":
        expect(said).to_be_hidden()
    else:
        expect(said).to_contain_text("nothing entered here would be saved")
        expect(said).to_be_visible()
    new.hand.context.close()


def test_nothing_readable_lies_on_the_tablet(tablet: Tablet, walk: Walk) -> None:
    """Pages and entries are rows of bytes; the key cannot be read out."""
    tablet.line.pull()
    tablet.note("A sentence that must not be readable")
    tablet.waiting(1)
    told = tablet.page.evaluate("""async () => {
      const asked = (request) => new Promise((done) => { request.onsuccess = () => done(request.result) });
      const base = await asked(indexedDB.open('kairn-kept')), said = [];
      for (const store of ['entries', 'pages']) for (const row of await asked(base.transaction(store).objectStore(store).getAll()))
        said.push(Object.keys(row).sort().join() + new TextDecoder().decode(row.data));
      const key = await asked(base.transaction('keys').objectStore('keys').get('key'));
      return [said.length, said.join(), key.extractable, await crypto.subtle.exportKey('raw', key).then(() => 'told', () => 'closed')];
    }""")
    assert told[0] == 2 and told[2:] == [False, "closed"]
    assert "readable" not in told[1] and "Farah" not in told[1] and "chair" not in told[1]


def test_a_second_form_under_the_same_id_is_an_entry_of_its_own(tablet: Tablet, walk: Walk) -> None:
    """Back, corrected, sent again without network: both are kept, and both come."""
    tablet.line.pull()
    tablet.note("First words")
    tablet.waiting(1)
    tablet.page.evaluate("""async () => {
      const [first] = await kairnKept.entries(), body = new URLSearchParams(first.body);
      await kairnKept.put({ ...first });
      body.set('text', 'Second words');
      await kairnKept.put({ ...first, body: body.toString(), state: 'saved' });
    }""")
    tablet.waiting(2)
    tablet.line.plug()
    tablet.waiting(0)
    assert sorted(said.text for _, said in live(walk, NoteWritten)) == ["First words", "Second words"]


def test_each_form_of_a_kept_page_has_an_id_of_its_own(tablet: Tablet, walk: Walk) -> None:
    """Shown twice without network, no id comes again, so that two entries are never taken for one."""
    tablet.line.pull()
    seen: list[str] = []
    for _ in range(2):
        tablet.page.goto(tablet.line.address + tablet.chair)
        seen += tablet.page.locator("main form:not([action$='/resume']) [name=event_id]").evaluate_all("fields => fields.map(field => field.value)")
    assert len(seen) > len(set(seen[: len(seen) // 2])) and len(seen) == len(set(seen))
