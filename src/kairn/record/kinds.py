"""Every kind of event by its plain name, from all files of payloads."""

from __future__ import annotations

from kairn.record import payloads, payloads_calls, payloads_cannula, payloads_care, payloads_hands, payloads_harm, payloads_monitor, payloads_stock
from kairn.record.payloads import Payload

FILES = (payloads, payloads_calls, payloads_cannula, payloads_care, payloads_hands, payloads_harm, payloads_monitor, payloads_stock)
KINDS: dict[str, type[Payload]] = {kind.KIND: kind for kind in Payload.__subclasses__() if kind.__module__ in {file.__name__ for file in FILES}}
