"""The parts of the handbook that the product writes itself, each as Markdown."""

from __future__ import annotations

from collections.abc import Callable

from generate.checks import checks
from generate.coverage import coverage
from generate.instruments import instruments
from generate.library import facts, interactions, medicines, sources
from generate.models import models
from generate.papers import chairs, paper, pictures, proofs
from generate.shipped import protocol, scenarios
from generate.studies import references, studies
from generate.tables import grid
from kairn.clinic.people.handbook import tables

PARTS: dict[str, Callable[[], str]] = {
    "protocol": protocol,
    "scenarios": scenarios,
    "access": tables,
    "facts": facts,
    "sources": sources,
    "interactions": interactions,
    "medicines": medicines,
    "studies": studies,
    "references": references,
    "models": models,
    "checks": checks,
    "coverage": coverage,
    "instruments": lambda: instruments(grid),
    "pictures": pictures,
    "proofs": proofs,
    "chairs": chairs,
    "glossary": lambda: paper("GLOSSARY"),
    "contributing": lambda: paper("CONTRIBUTING"),
    "security": lambda: paper("SECURITY"),
    "changelog": lambda: paper("CHANGELOG"),
}
