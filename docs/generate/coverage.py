"""The handbook's page of rule coverage: what the stories and case books ask of each rule, and which numbers could move unseen."""

from __future__ import annotations

import tomllib
from pathlib import Path

from generate.tables import SHIPPED, grid
from kairn.cli.coverage import Covered, coverage_of, stories_with
from kairn.protocol.load import load_protocol

SPEC = Path(__file__).resolve().parents[2] / "tests" / "spec"


def coverage() -> str:
    """Totals, then one row for each rule."""
    shipped = load_protocol(*SHIPPED)
    stories = stories_with(shipped, SPEC / "cases")
    excused = tomllib.loads((SPEC / "equivalent.toml").read_text("utf-8"))
    found = coverage_of(shipped, stories)
    return "\n".join([_totals(found, len(stories), excused), grid(HEADS, (_rule(one, excused) for one in found)), _excuses(excused)])


HEADS = ("rule", "kind", "asked", "not asked", "cases", "moves of a number", "unseen")


def _totals(found: tuple[Covered, ...], stories: int, excused: dict[str, dict[str, str]]) -> str:
    can, left = sum(len(one.can) for one in found), sum(len(one.left) for one in found)
    moves, unseen = sum(one.moves for one in found), sum(len(_unseen(one, excused)) for one in found)
    return (
        f"{len(found)} rules, {stories} stories and cases. Of {can} answers that the rules can give, {can - left} are asked for. "
        f"Of {moves} moves of a number by its smallest step, up and down, {moves - unseen - _count(excused)} change an answer that a case asks for, "
        f"{_count(excused)} are excused because they change no answer at all, and {unseen} would pass unseen.\n"
    )


def _count(excused: dict[str, dict[str, str]]) -> int:
    return sum(map(len, excused.values()))


def _unseen(one: Covered, excused: dict[str, dict[str, str]]) -> list[str]:
    return [moved for moved in one.unseen if moved not in excused.get(one.rule, {})]


def _rule(one: Covered, excused: dict[str, dict[str, str]]) -> tuple[object, ...]:
    asked, left = ", ".join(sorted(one.can - one.left)) or "none", ", ".join(sorted(one.left))
    return f"`{one.rule}`", one.kind, asked, left, one.cases, one.moves, len(_unseen(one, excused))


def _excuses(excused: dict[str, dict[str, str]]) -> str:
    rows = [(f"`{rule}`", moved, why) for rule, moves in excused.items() for moved, why in moves.items()]
    return f"## Excused\n\n{grid(('rule', 'move', 'why it changes nothing'), rows)}" if rows else ""
