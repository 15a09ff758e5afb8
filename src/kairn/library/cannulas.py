"""What is said of a cannula: its site, gauge, attempts, and how its site looks, as short lists of our own words."""

from __future__ import annotations

from dataclasses import dataclass

from kairn.library.adverse_events import ADVERSE_EVENTS
from kairn.library.labels import Labels, read_labels
from kairn.library.reader import LIBRARY, Node, read_yaml

ELSEWHERE = "elsewhere"
"""The site that must be told in words."""
OTHER = "other"
"""The look that must be told in words."""
NOT_KNOWN = "not-known"


@dataclass(frozen=True)
class CannulaWords:
    """Each list is a name -> its label; `unwanted` is a look -> the kind of unwanted event that it is."""

    sites: Labels
    gauges: Labels
    attempts: Labels
    looks: Labels
    unwanted: dict[str, str]


def read_cannulas(root: Node) -> CannulaWords:
    """The lists as the file has them. Raises Unreadable with the line of the fault."""
    parts = root.fields(("sites", "gauges", "attempts", "looks"))
    looks = read_labels(parts["looks"], ("unwanted",))
    sites, gauges, attempts = (read_labels(parts[name]) for name in ("sites", "gauges", "attempts"))
    found = CannulaWords(sites, gauges, attempts, looks, _unwanted(parts["looks"]))
    for name, list_, needed in (("sites", found.sites, ELSEWHERE), ("looks", looks, OTHER)):
        if needed not in list_:
            raise parts[name].fault("no name for what has none here", f"one named {needed!r}", "Add it.")
    return found


def _unwanted(looks: Node) -> dict[str, str]:
    found = {}
    for entry in looks.mapping()["list"].items():
        told = entry.mapping()
        if "unwanted" not in told:
            continue
        kind = told["unwanted"].text()
        if kind not in ADVERSE_EVENTS:
            raise entry.fault(f"the unwanted event {kind!r}", "a kind of library/adverse_events.yaml", "Correct it.")
        found[told["kind"].text()] = kind
    return found


CANNULAS = read_cannulas(read_yaml(LIBRARY / "cannulas.yaml"))


def site_label(site: str, where: str) -> str:
    """Where it lies: the words of the list, with what somebody wrote beside them."""
    known = "" if site == ELSEWHERE and where else CANNULAS.sites.get(site, site)
    return ", ".join(part for part in (known, where) if part)
