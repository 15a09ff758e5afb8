"""Two versions of the head of a protocol: its course, its consent, and the infusion itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kairn.protocol.diff_conditions import ChangeKind, Effect, from_to
from kairn.protocol.diff_line import Line
from kairn.protocol.diff_rule import diff_citations
from kairn.protocol.phrases import amount, length
from kairn.protocol.rule import Citation, Protocol
from kairn.terms.quantity import Quantity
from kairn.terms.times import Duration


def diff_head(old: Protocol, new: Protocol) -> Iterator[Line]:
    """Every difference outside the rules."""
    for name, tell in TELL.items():
        if getattr(old, name) != getattr(new, name):
            yield from tell(old, new)


def _plainly(kind: ChangeKind, words: str, name: str) -> Callable[[Protocol, Protocol], Iterator[Line]]:
    def tell(old: Protocol, new: Protocol) -> Iterator[Line]:
        yield Line(kind, (), f"{words}: {getattr(new, name)} instead of {getattr(old, name)}")

    return tell


def _names(words: str, name: str) -> Callable[[Protocol, Protocol], Iterator[Line]]:
    def tell(old: Protocol, new: Protocol) -> Iterator[Line]:
        return _listed(words, getattr(old, name), getattr(new, name))

    return tell


def _listed(words: str, old: tuple[Any, ...], new: tuple[Any, ...]) -> Iterator[Line]:
    for one in new:
        if one not in old:
            yield Line(ChangeKind.COURSE, (), f"{words} added: {_shown(one)}")
    for one in old:
        if one not in new:
            yield Line(ChangeKind.COURSE, (), f"{words} removed: {_shown(one)}")
    if set(old) == set(new):
        yield Line(ChangeKind.COURSE, (), f"{words}s in another order or number: {', '.join(map(_shown, new))}")


def _shown(one: Any) -> str:
    return " to ".join(one) if isinstance(one, tuple) else str(one)


def _consent(old: Protocol, new: Protocol) -> Iterator[Line]:
    said = f"consent to {new.consent[0]} version {new.consent[1]} instead of {old.consent[0]} version {old.consent[1]}; consent is asked again"
    yield Line(ChangeKind.CONSENT, (), said)


def _teach_back(old: Protocol, new: Protocol) -> Iterator[Line]:
    before, after = ({one[2]: one for one in protocol.teach_back} for protocol in (old, new))
    for key in [*after, *(key for key in before if key not in after)]:
        if before.get(key) != after.get(key):
            yield Line(ChangeKind.CONSENT, (), f"teach-back question {key}: {_question(after.get(key))} instead of {_question(before.get(key))}")
    if before == after:
        yield Line(ChangeKind.CONSENT, (), "the teach-back questions stand in another order or number")


def _question(question: tuple[str, str, str] | None) -> str:
    return f"*{question[0]}* with the right answer *{question[1]}*" if question else "none"


def _infusion(old: Protocol, new: Protocol) -> Iterator[Line]:
    for name, words in DOSE.items():
        before, after = getattr(old.infusion, name), getattr(new.infusion, name)
        if before == after:
            continue
        if name == "citations":
            yield from _sources("the infusion", before, after)
        else:
            yield from _dose(words, before, after)


def _summary(old: Protocol, new: Protocol) -> Iterator[Line]:
    """Other words first; then the sources, sentence by sentence where the words are the same."""
    if [claim.says for claim in old.summary] != [claim.says for claim in new.summary]:
        yield Line(ChangeKind.WORDING, (), f"summary: {new.lead} instead of {old.lead}")
        yield from _sources("the summary", _together(old), _together(new))
        return
    for before, after in zip(old.summary, new.summary, strict=True):
        yield from _sources(f"the summary, *{before.says}*,", before.citations, after.citations)


def _together(protocol: Protocol) -> tuple[Citation, ...]:
    return tuple(citation for claim in protocol.summary for citation in claim.citations)


def _sources(what: str, old: tuple[Citation, ...], new: tuple[Citation, ...]) -> Iterator[Line]:
    return (Line(step.kind, (), f"{what} {step.said}", step.effect) for step in diff_citations(old, new))


DOSE = {
    "drug": "drug", "dose": "dose", "soft": "dose asking for a reason", "hard": "dose limit", "duration": "duration", "duration_hard": "limit of the duration",
    "weight_basis": "weight basis", "infusions": "number of infusions", "spacing_days": "days between infusions", "weight_within": "time a weight counts for",
    "citations": "sources",
}  # fmt: skip
"""Each field of the infusion with its words."""


def _dose(words: str, old: Any, new: Any) -> Iterator[Line]:
    if isinstance(old, tuple):
        for side, before, after in zip(("lower", "upper"), old, new, strict=True):
            if before != after:
                yield _moved(f"{side} {words}", before, after, tighter_when_raised=side == "lower")
    else:
        yield _moved(words, old, new, tighter_when_raised=None)


def _moved(words: str, old: Any, new: Any, *, tighter_when_raised: bool | None) -> Line:
    raised = _size(new) > _size(old) if _comparable(old, new) else None
    if raised is None or _size(new) == _size(old):
        return Line(ChangeKind.DOSE, (), f"{words}: {_value(new)} instead of {_value(old)}")
    effect = Effect.NONE if tighter_when_raised is None else Effect.TIGHTENED if raised is tighter_when_raised else Effect.LOOSENED
    said = from_to(old, new) if isinstance(old, Quantity) else f"from {_value(old)} to {_value(new)}"
    return Line(ChangeKind.DOSE, (), f"{words} {'raised' if raised else 'lowered'} {said}", effect)


def _comparable(old: Any, new: Any) -> bool:
    if isinstance(old, Quantity) and isinstance(new, Quantity):
        return old.unit == new.unit
    return type(old) is type(new) and not isinstance(old, str)


def _size(value: Any) -> Any:
    return value.value if isinstance(value, Quantity) else value.delta if isinstance(value, Duration) else value


def _value(value: Any) -> str:
    return amount(value) if isinstance(value, Quantity) else length(value) if isinstance(value, Duration) else str(value)


TELL: dict[str, Callable[[Protocol, Protocol], Iterator[Line]]] = {
    "id": _plainly(ChangeKind.MEANING, "protocol", "id"),
    "version": _plainly(ChangeKind.WORDING, "version", "version"),
    "title": _plainly(ChangeKind.WORDING, "title", "title"),
    "summary": _summary,
    "use": _plainly(ChangeKind.MEANING, "what it is for", "use"),
    "route": _plainly(ChangeKind.DOSE, "route", "route"),
    "infusion": _infusion,
    "consent": _consent,
    "teach_back": _teach_back,
    "stages": _names("stage", "stages"),
    "exits": _names("exit", "exits"),
    "moves": _names("move", "moves"),
}
"""Each field of a protocol with how its change is told; `rules` and `content_hash` are told by `diff`."""
