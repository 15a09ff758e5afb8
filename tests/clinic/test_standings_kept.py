"""A standing that is kept for the next reader says what one weighed anew says, at every moment and after every entry."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from acts_walk import CALM, Walk
from django.conf import settings

from kairn.clinic.acts.standings import Kept, stand, stand_anew
from kairn.clinic.screens.templatetags.drawn import drawn
from kairn.clinic.screens.today.page import PersonLine
from kairn.record.history import History


@pytest.mark.parametrize("minutes", [1, 11, 13, 23, 61, 60 * 24 * 8])
def test_what_is_kept_and_what_is_weighed_anew_agree_as_time_goes_on(clinic_id: UUID, minutes: int) -> None:
    """An infusion, with vital signs that fall due and grow late by the clock alone."""
    walk = Walk(clinic_id).to_infusion()
    first = stand(walk.clinic, walk.history, walk.now).standing
    assert first.changes_at is not None
    for now in (walk.now, walk.now + timedelta(minutes=minutes), first.changes_at - timedelta(microseconds=1), first.changes_at):
        assert stand(walk.clinic, walk.history, now) == stand_anew(walk.clinic, walk.history, now)
    # And back again: a moment before the one that is kept is weighed for itself.
    assert stand(walk.clinic, walk.history, walk.now).standing == first


def test_an_entry_makes_it_anew(clinic_id: UUID) -> None:
    walk = Walk(clinic_id).to_infusion()
    before = stand(walk.clinic, walk.history, walk.now)
    walk.record(visit=walk.visit, **(CALM | {"systolic": "232", "diastolic": "118"}))
    after = stand(walk.clinic, walk.history, walk.now)
    assert after == stand_anew(walk.clinic, walk.history, walk.now) and after.standing.holds != before.standing.holds


def test_no_more_is_kept_than_there_is_room_for(clinic_id: UUID) -> None:
    """Of each person the latest few: an entry a minute would else fill an hour of them for every chair."""
    walk, kept = Walk(clinic_id).to_preflight(), Kept(2)
    others = [Walk(clinic_id, protocol=False).register() for _ in range(2)]
    protocol, whole, room = stand_anew(walk.clinic, walk.history, walk.now).protocol, walk.history, settings.KAIRN_STANDINGS_OF_EACH
    assert protocol and whole.seq > room + 1
    for seq in (*range(whole.seq - room, whole.seq + 1), whole.seq - room, whole.seq):
        assert kept.get(protocol, whole.known_at(seq), walk.now).seq == seq
    (mine,) = kept._people._held.values()
    assert len(mine._held) == room
    for other in others:
        kept.get(protocol, other.history, other.now)
    assert [stream for _, stream in kept._people._held] == [other.patient for other in others]
    assert kept.get(protocol, History(), walk.now).seq == 0


def test_a_line_is_drawn_by_its_values_and_nothing_else() -> None:
    row = PersonLine("<b>Ana</b>", "1990", "/patients/1", "Treatment", "Start", "yes", "", 0, "", "", "")
    once = drawn("kairn/today_person.html", row)
    assert "&lt;b&gt;Ana&lt;/b&gt;" in once and drawn("kairn/today_person.html", row) is once
    assert drawn("kairn/today_person.html", PersonLine(**{**row.__dict__, "person": "Ben"})) != once
