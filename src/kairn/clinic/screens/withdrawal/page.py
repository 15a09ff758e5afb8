"""The course of withdrawal as plain values: what stands, who to call, what sources say, the lanes, the forms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kairn.clinic.people.models import CareTeam
from kairn.clinic.screens.forms import words
from kairn.clinic.screens.forms.answers import Again
from kairn.clinic.screens.forms.clock import Clock
from kairn.clinic.screens.forms.desk import Desk, Who, address, who
from kairn.clinic.screens.forms.gates import why_url
from kairn.clinic.screens.withdrawal.drawn import UNSURE, WINDOWS, band_of, drawn, window
from kairn.library.sources import SOURCES
from kairn.library.substances import BOOK, SUBSTANCES, Start
from kairn.pathway.standing import Flag
from kairn.pathway.withdrawal import SCORE, Scored, Used, Withdrawal, withdrawal_of
from kairn.protocol.rule import RuleKind, Severity
from kairn.terms.answer import Answer
from kairn.terms.numbers import plain_text

TOPIC = "withdrawal"
LEVELS = {Severity.STOP: "high", Severity.CAUTION: "medium", Severity.NOTE: "low"}
CALLED = ("prescriber", "nurse")
MOUD_NAMES = ("buprenorphine", "methadone", "naltrexone")


@dataclass(frozen=True)
class FlagLine:
    """A rule of the protocol about withdrawal: whether it speaks, what it says, and where to read why."""

    said: str
    level: str
    title: str
    effect: str
    consider: str
    why: str


@dataclass(frozen=True)
class StripLine:
    """One small fact."""

    label: str
    value: str
    note: str


@dataclass(frozen=True)
class StartLine:
    """What one source says of starting buprenorphine after what this person used, beside where they stand."""

    used: str
    score: str
    after: str
    now: str
    source: str


@dataclass(frozen=True)
class Forms:
    """The three forms; the one that was refused shows why."""

    use: Again
    dose: Again
    score: Again
    substances: tuple[tuple[str, str], ...]
    routes: tuple[tuple[str, str], ...]
    drugs: tuple[str, ...]
    instrument: str


@dataclass(frozen=True)
class WithdrawalPage:
    """Everything the page shows."""

    who: Who
    url: str
    seq: int
    score: str
    band: str
    unsure: str
    scored_at: str
    scored_iso: str
    strip: tuple[StripLine, ...]
    speaking: tuple[FlagLine, ...]
    quiet: tuple[FlagLine, ...]
    calls: tuple[tuple[str, str], ...]
    starts: tuple[StartLine, ...]
    notes: tuple[str, ...]
    lanes: dict[str, Any] | None
    windows: tuple[tuple[str, str, bool], ...]
    chosen: str
    forms: Forms
    may_record: bool
    again_after: str
    again_source: str


def withdrawal_page(desk: Desk, asked: str, forms: tuple[Again, Again, Again]) -> WithdrawalPage:
    """The page for one reader; `asked` is the window of time they chose."""
    clock, found = desk.clock, withdrawal_of(desk.chart.history, desk.clock.now)
    latest = found.scores[-1] if found.scores else None
    chosen = window(found, clock.now, asked)
    flags = [flag for flag in desk.chart.standing.flags if flag.says.topic == TOPIC]
    first = [flag for flag in flags if flag.says.severity is not Severity.NOTE or _speaks(flag)]
    url = address("withdrawal", desk.patient)
    anything = found.scores or found.marks or found.moud or found.comfort
    return WithdrawalPage(
        who=who(desk), url=url, seq=desk.chart.seq, strip=_strip(found, clock), speaking=tuple(_flag(desk, one) for one in first),
        quiet=(*(_flag(desk, one) for one in flags if one not in first), *_quiet(desk)), calls=tuple(_calls(desk)),
        **_latest(latest, clock), starts=tuple(_start(one, found, clock) for one in found.starts), notes=tuple(one.note for one in found.usual if one.note),
        lanes=drawn(found, clock, chosen) if anything else None,
        windows=tuple((name, f"{whole.days} day{'' if whole.days == 1 else 's'}", name == chosen) for name, whole in WINDOWS.items()), chosen=chosen,
        forms=_forms(desk, forms), may_record=desk.may("withdrawal") and not desk.chart.standing.course.stage == "died",
        again_after=str(BOOK.again_after), again_source=SOURCES[BOOK.again_cited.source].citation,
    )  # fmt: skip


def _latest(one: Scored | None, clock: Clock) -> dict[str, str]:
    if one is None:
        return {"score": "", "band": "", "unsure": "", "scored_at": "", "scored_iso": ""}
    at = one.event.occurred_at
    unsure = UNSURE if one.after else ""
    return {"score": plain_text(one.value), "band": band_of(one.value), "unsure": unsure, "scored_at": clock.when(at), "scored_iso": at.isoformat()}


def _strip(found: Withdrawal, clock: Clock) -> tuple[StripLine, ...]:
    use = next((one for one in found.uses if one.said.latest_at and BOOK.classes[one.substance.of_class].opioid), None)
    moud, comfort = found.moud[-1:], found.comfort[-1:]
    return (
        StripLine("Latest opioid use, as told", use.substance.label.partition(",")[0] if use else "", _told(use, clock)),
        StripLine("Latest medicine for opioid use disorder", *(_dose(moud[0], clock) if moud else ("", ""))),
        StripLine("Latest comfort medicine", *(_dose(comfort[0], clock) if comfort else ("", ""))),
    )


def _told(use: Used | None, clock: Clock) -> str:
    return f"{clock.when(use.said.latest_at)}, {clock.ago(use.said.latest_at)} ago" if use and use.said.latest_at else ""


def _dose(taken: Any, clock: Clock) -> tuple[str, str]:
    event, said = taken
    return f"{said.drug} {said.dose}", f"{clock.when(event.occurred_at)}, {clock.ago(event.occurred_at)} ago"


def _speaks(flag: Flag) -> bool:
    """Whether it speaks, or is only not known to be silent."""
    return Answer.UNKNOWN not in (flag.verdict.applies, flag.verdict.answer)


def _flag(desk: Desk, flag: Flag) -> FlagLine:
    speaks = _speaks(flag)
    return FlagLine(
        "yes" if speaks else "unknown", LEVELS[flag.says.severity] if speaks else "", flag.verdict.rule.title, flag.says.effect, flag.says.consider,
        why_url(desk, flag.verdict),
    )  # fmt: skip


def _quiet(desk: Desk) -> tuple[FlagLine, ...]:
    """The rules about withdrawal that do not speak now: when they would."""
    protocol = desk.chart.protocol
    heard = {flag.verdict.rule.id for flag in desk.chart.standing.flags}
    rules = [rule for rule in protocol.rules if rule.kind is RuleKind.FLAG and rule.says and rule.says.topic == TOPIC] if protocol else []
    return tuple(FlagLine("no", "", rule.title, rule.says.effect, rule.says.consider, "") for rule in rules if rule.id not in heard and rule.says)


def _calls(desk: Desk) -> Iterable[tuple[str, str]]:
    """Who of the care team is called, prescribers first."""
    team = [member.user for member in CareTeam.objects.filter(patient=desk.patient, until=None).select_related("user")]
    for role in CALLED:
        yield from ((user.get_full_name(), role) for user in team if role in user.roles)


def _start(one: Start, found: Withdrawal, clock: Clock) -> StartLine:
    use = next(use for use in found.uses if use.substance.of_class == one.of_class)
    after = " to ".join(str(length) for length in one.after)
    cited = SOURCES[one.cited.source]
    return StartLine(
        BOOK.classes[one.of_class].label, f"{one.score} or more" if one.score else "", after or one.note, _told(use, clock),
        f"{cited.citation}: {one.cited.locator}. Grade: {one.cited.grade}.",
    )  # fmt: skip


def _forms(desk: Desk, forms: tuple[Again, Again, Again]) -> Forms:
    use, dose, score = forms
    named = tuple((name, words.capital(one.label)) for name, one in SUBSTANCES.items())
    return Forms(use, dose, score, named, words.ROUTES, (*MOUD_NAMES, *BOOK.comfort), address("instrument_answer", desk.patient, SCORE))
