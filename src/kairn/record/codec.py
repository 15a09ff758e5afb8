"""Payloads to plain JSON values and back; old shapes are lifted by pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from kairn.record.kinds import KINDS
from kairn.record.payloads import Payload
from kairn.terms.problem import unreadable

Lift = Callable[[dict[str, Any]], dict[str, Any]]


def _adverse_event(body: dict[str, Any]) -> dict[str, Any]:
    """What happened was told in words alone, and it was open or over; nobody was asked how serious it was, or from what it came."""
    kept = {name: value for name, value in body.items() if name != "resolves"}
    over = body.get("resolves") or body.get("resolved_at")
    return {**kept, "kind": "other", "outcome": "resolved" if over else "open", "follows": body.get("resolves")}


def _nothing_from_paper(body: dict[str, Any]) -> dict[str, Any]:
    """Nobody typed anything in from paper then, so the body says all."""
    return body


LIFTS: dict[tuple[str, int], Lift] = {
    # Every dose was made from the measured weight then, which is what an order says that names no other.
    ("order.signed", 1): lambda body: body,
    ("adverse-event.noted", 1): _adverse_event,
    # Nobody was asked for an hour then, which is what an escort says who names none.
    ("escort.named", 1): lambda body: body,
    # Nobody was asked from which lot it was.
    ("stock.wasted", 1): lambda body: body,
    **{(kind, 1): _nothing_from_paper for kind in ("observed", "pump.paused", "pump.stopped", "drug.given", "note.written")},
}
"""(kind, schema) -> the function that lifts a payload of that schema to the next one."""


def _learn(shapes: Iterable[type[Payload]]) -> None:
    """Have msgspec learn every shape now, in the one thread that loads this file.

    It learns a shape when first asked for it and writes that into the class piece by piece; another thread that asks meanwhile reads what is not
    there yet, and the whole process ends (msgspec 0.22).
    """
    for shape in shapes:
        msgspec.json.Decoder(shape)


_learn(KINDS.values())


def encode(payload: Payload) -> dict[str, Any]:
    """The payload as plain JSON values (dates and uuids as text)."""
    plain = msgspec.to_builtins(payload)
    assert isinstance(plain, dict)
    return plain


def whole(payload: Payload) -> dict[str, Any]:
    """As `encode`, but first sure that it decodes to itself; raises Unreadable, so that nothing is stored that could not be read."""
    plain = encode(payload)
    # Compared as text: Python never holds two times equal where one falls in a repeated or absent hour of its zone.
    if encode(decode(payload.KIND, payload.SCHEMA, plain)) != plain:
        raise unreadable(f"a {payload.KIND} event that does not decode to itself", "values of the declared types", "Build it from parsed input.")
    return plain


def decode(kind: str, schema: int, plain: Mapping[str, Any]) -> Payload:
    """The payload stored under `kind` with `schema`; raises Unreadable with a sentence."""
    if kind not in KINDS:
        raise unreadable(f"an event of kind {kind!r}", "a kind this version of Kairn knows", "Run the newer version that wrote it.")
    target = KINDS[kind]
    if schema > target.SCHEMA:
        raise unreadable(f"a {kind} event of schema {schema}", f"schema {target.SCHEMA} or older", "Run the newer version that wrote it.")
    body = dict(plain)
    while schema < target.SCHEMA:
        body, schema = LIFTS[kind, schema](body), schema + 1
    try:
        return msgspec.convert(body, target, strict=True)
    except msgspec.ValidationError as fault:
        raise unreadable(
            f"a {kind} event whose body does not fit ({fault})",
            f"the shape of {kind}, schema {target.SCHEMA}",
            "Nothing was stored; mend the body and send it again.",
        ) from fault
