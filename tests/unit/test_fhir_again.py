"""The same source a second time: unchanged, corrected, corrected back, withdrawn, struck out here."""

from __future__ import annotations

from uuid import UUID

from kairn.fhir.bundle import open_bundle
from kairn.fhir.report import Outcome
from kairn.fhir.translate import translate
from kairn.record.event import Event, StreamKind
from kairn.record.history import History
from kairn.record.payloads import EnteredInError, Observed, Payload
from tests import bundles
from tests.bundle_walks import BY, CLINIC, NOW, measured, recorded, taken, walked
from tests.bundles import bundle, person, weight


def with_weight(value: str, **more: object) -> bytes:
    return bundle(person(), weight(value=value, **more))


def the_weight(history: History) -> UUID:
    return next(event.id for event, payload in reversed(history.all(Observed)) if payload.code)


def then(history: History, payload: Payload, seq_id: int) -> History:
    """The history after a person recorded this by hand."""
    return History((*history.events, Event(UUID(int=seq_id), CLINIC, history.events[0].stream, StreamKind.PATIENT, history.seq + 1, NOW, NOW, BY, BY, payload)))


def test_the_same_again_adds_nothing() -> None:
    _, (first, again) = walked(bundles.living_adult(), bundles.living_adult())
    assert first.drafts and not again.drafts
    assert again.report.count(Outcome.ALREADY_HERE) == 7


def test_a_renewed_export_of_the_same_content_adds_nothing() -> None:
    stamped = weight(value="70") | {"meta": {"lastUpdated": "2026-01-01T00:00:00Z", "versionId": "9"}, "text": {"status": "generated", "div": "<div/>"}}
    _, (_, again) = walked(with_weight("70"), bundle(person(), stamped))
    assert not again.drafts


def test_a_corrected_resource_is_a_correction() -> None:
    history, (_, second) = walked(with_weight("70"), with_weight("71"))
    assert measured(history) == ["71"]
    assert [type(draft.payload) for draft in second.drafts] == [Observed, EnteredInError]
    assert second.report.count(Outcome.CORRECTED) == 1


def test_the_correction_of_a_correction_and_the_way_back() -> None:
    history, steps = walked(*(with_weight(value) for value in ("70", "71", "72", "70", "71", "71", "70")))
    assert measured(history) == ["70"]
    assert [step.report.count(Outcome.CORRECTED) for step in steps] == [0, 1, 1, 1, 1, 0, 1]
    assert len({event.id for event in history.events}) == len(history.events)


def test_the_way_there_is_the_same_each_time() -> None:
    values = ("70", "71", "70", "70.0", "70")
    assert walked(*map(with_weight, values))[0] == walked(*map(with_weight, values))[0]


def test_the_same_version_with_another_body_is_a_correction() -> None:
    history, _ = walked(with_weight("70", meta={"versionId": "3"}), with_weight("71", meta={"versionId": "3"}))
    assert measured(history) == ["71"]


def test_an_older_version_does_not_undo_a_newer() -> None:
    history, steps = walked(with_weight("71", meta={"versionId": "2"}), with_weight("70", meta={"versionId": "1"}))
    assert measured(history) == ["71"] and not steps[1].drafts
    assert any(line.reason == "a newer version is here" for line in steps[1].report.lines)


def test_versions_are_compared_as_numbers_however_long() -> None:
    nines = "9" * 6000
    history, _ = walked(
        *(with_weight(value, meta={"versionId": version}) for value, version in (("70", "9"), ("71", "10"), ("72", nines), ("73", "0" + nines[1:])))
    )
    assert measured(history) == ["72"]


def test_a_resource_entered_in_error_is_struck_out_and_may_come_back() -> None:
    gone = with_weight("70", status="entered-in-error")
    history, steps = walked(with_weight("70"), gone, gone)
    assert measured(history) == [] and not steps[2].drafts
    assert steps[1].report.count(Outcome.STRUCK_OUT) == 1 and steps[2].report.count(Outcome.LEFT) == 1
    assert measured(walked(with_weight("70"), gone, with_weight("70"))[0]) == ["70"]


def test_a_correction_that_cannot_be_taken_still_strikes_what_no_longer_holds() -> None:
    history, steps = walked(with_weight("70"), with_weight("70", unit="cm"))
    assert measured(history) == [] and steps[1].report.count(Outcome.STRUCK_OUT) == 1


def test_what_a_person_struck_out_here_stays_struck_out() -> None:
    history, _ = walked(with_weight("70"))
    struck = then(history, EnteredInError(the_weight(history), "wrong person weighed"), 9)
    again = taken(with_weight("70"), struck)
    assert not again.drafts
    assert any(line.reason == "struck out here by a person" for line in again.report.lines)
    assert measured(recorded(taken(with_weight("71"), struck), struck)) == ["71"]


def test_a_strike_taken_back_by_a_person_can_be_struck_again() -> None:
    history, _ = walked(with_weight("70"), with_weight("71"))
    strike = next(event.id for event in history.events if isinstance(event.payload, EnteredInError))
    both = then(history, EnteredInError(strike, "the first was right"), 9)
    assert sorted(measured(both)) == ["70", "71"]
    assert measured(recorded(taken(with_weight("72"), both), both)) == ["72"]


def test_a_new_telephone_is_no_correction_of_the_facts() -> None:
    _, (_, again) = walked(bundle(person()), bundle(person(telecom=[])))
    assert not again.drafts and again.demographics.phone == ""


def test_another_birth_date_is() -> None:
    history, _ = walked(bundle(person()), bundle(person(birthDate="1986-12-04")))
    ((_, facts),) = history.all(Observed)
    assert facts.readings[0].value == "1986-12-04"


def test_two_sources_do_not_correct_each_other() -> None:
    history, _ = walked(with_weight("70"))
    other = translate(open_bundle(with_weight("71")), history, stream=history.events[0].stream, by=BY, source="surgery", now=NOW)
    assert sorted(measured(recorded(other, history))) == ["70", "71"]
    assert not other.report.count(Outcome.CORRECTED)
