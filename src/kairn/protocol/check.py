"""Look a loaded protocol over for what the loader cannot see: the list of every check by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from kairn.library.reader import LIBRARY
from kairn.protocol import check_course as course
from kairn.protocol import check_dose as dose
from kairn.protocol import check_evidence as evidence
from kairn.protocol import check_gates as gates
from kairn.protocol import check_limits as limits
from kairn.protocol import check_overrides as overrides
from kairn.protocol import check_rules as rules
from kairn.protocol import check_schedules as schedules
from kairn.protocol.check_found import Check
from kairn.protocol.parts import parts_of
from kairn.protocol.rule import Protocol
from kairn.terms.problem import Problem

__all__ = ["CHECKS", "LIBRARY_CHECKS", "LOADER", "check_library", "check_protocol", "found_in", "looks_for", "parts_of"]

LibraryCheck = Callable[[Iterable[Protocol], Mapping[str, str]], Iterator[Problem]]

CHECKS: dict[str, Check] = {
    "unknown-guard": course.unknown_guard,
    "exit-guarded": course.exit_guarded,
    "no-way-out": course.no_way_out,
    "gate-never-weighed": course.gate_never_weighed,
    "unreachable-stage": course.unreachable_stage,
    "dead-end": course.dead_end,
    "unknown-stage": course.unknown_stage,
    "stage-without-rule": course.stage_without_rule,
    "move-without-gate": course.move_without_gate,
    "infusion-without-stop": course.infusion_without_stop,
    "contradiction": gates.contradiction,
    "asks-nothing": gates.asks_nothing,
    "stale-for-ever": gates.stale_for_ever,
    "cannot-occur": gates.cannot_occur,
    "moud-required": gates.moud_required,
    "moud-not-asked": gates.moud_not_asked,
    "naloxone-missing": gates.naloxone_missing,
    "consent-not-read-again": gates.consent_not_read_again,
    "flag-unanswered": gates.flag_unanswered,
    "repeated-in-gate": gates.repeated_in_gate,
    "implausible-limit": limits.implausible_limit,
    "off-the-grid": limits.off_the_grid,
    "inverted-limits": limits.inverted_limits,
    "no-answer": limits.no_answer,
    "worse-milder": limits.worse_milder,
    "repeat-without-first": limits.repeat_without_first,
    "repeat-without-recheck": limits.repeat_without_recheck,
    "starts-into-a-hold": limits.starts_into_a_hold,
    "ready-into-a-hold": limits.ready_into_a_hold,
    "stale-before-due": limits.stale_before_due,
    "words-missing": rules.words_missing,
    "same-title": rules.same_title,
    "duplicate": rules.duplicate,
    "shadowed": rules.shadowed,
    "unknown-drug": rules.unknown_drug,
    "counts-clash": rules.counts_clash,
    "flag-says-nothing": rules.flag_says_nothing,
    "hold-overridden": overrides.hold_overridden,
    "override-forbidden": overrides.override_forbidden,
    "override-by-whom": overrides.override_by_whom,
    "override-too-long": overrides.override_too_long,
    "duty-without-owner": schedules.duty_without_owner,
    "duty-asks-unknown": schedules.duty_asks_unknown,
    "grace-too-long": schedules.grace_too_long,
    "window-inverted": schedules.window_inverted,
    "follow-up-gap": schedules.follow_up_gap,
    "uncited": evidence.uncited,
    "overgraded": evidence.overgraded,
    "dose-order": dose.dose_order,
    "duration-order": dose.duration_order,
    "weight-basis": dose.weight_basis,
    "spacing-order": dose.spacing_order,
    "teach-back-missing": dose.teach_back_missing,
}
"""Checks of one protocol by name."""

LIBRARY_CHECKS: dict[str, LibraryCheck] = {
    "unused-source": evidence.unused_source,
    "unused-code-set": evidence.unused_code_set,
    "code-in-no-system": evidence.code_in_no_system,
}
"""Checks of the library beside all the protocols that ship with it, by name."""

LOADER: dict[str, str] = {
    "unknown-field": "A field that the grammar does not have, at any depth.",
    "missing-field": "A rule without one of the fields its kind needs.",
    "field-of-another-kind": "A field that this kind of rule does not have.",
    "missing-unit": "A number without a unit.",
    "wrong-unit": "A limit in a unit of another kind than its fact.",
    "odd-number": "A number with an exponent, a comma or anything but digits and one point.",
    "unknown-fact": "A fact that the library does not name.",
    "unknown-choice": "A value that is not among the choices of its fact.",
    "unknown-condition": "A condition outside the closed grammar; there are no expressions.",
    "unknown-source": "A citation of a source that the library does not have.",
    "prediction-weighed": "A rule that reads what is predicted: predictions are drawn, never weighed.",
    "limits-swapped": "A range whose lower limit is above its upper one.",
    "twice": "A key, or a rule, that stands twice.",
    "anchor": "A YAML anchor or alias.",
    "missing-file": "A rule file or a consent document that is not there.",
}
"""What is refused while a protocol is read, before any check runs."""


def check_protocol(protocol: Protocol) -> list[Problem]:
    """Every fault found, each with file, line, rule, what was seen and the mend. Empty means sound."""
    return [problem for _, problem in found_in(protocol)]


def found_in(protocol: Protocol) -> list[tuple[str, Problem]]:
    """Every fault with the name of the check that found it."""
    return [(name, problem) for name, check in CHECKS.items() for problem in check(protocol)]


def check_library(protocols: Iterable[Protocol]) -> list[Problem]:
    """Every fault of the library beside the protocols that ship with it: sources and sets of codes that nobody uses, codes miswritten."""
    shipped, texts = tuple(protocols), library_texts(LIBRARY)
    return [problem for check in LIBRARY_CHECKS.values() for problem in check(shipped, texts)]


def library_texts(folder: Path) -> dict[str, str]:
    """Every file of the library that cites or names something, by its name; the lists of sources and of code sets themselves left out."""
    return {
        str(path.relative_to(folder)): path.read_text("utf-8")
        for path in sorted(folder.rglob("*.yaml"))
        if path.name not in ("sources.yaml", "code_sets.yaml") and "scenarios" not in path.parts
    }


def looks_for(name: str) -> str:
    """What a check looks for, in words for the author of a protocol."""
    check: object = CHECKS.get(name) or LIBRARY_CHECKS.get(name)
    return LOADER[name] if name in LOADER else " ".join((getattr(check, "__doc__", "") or "").split())
