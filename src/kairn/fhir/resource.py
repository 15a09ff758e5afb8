"""A patient bundle as values: its resources, each with its place, and the names that references use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from kairn.fhir.node import Node


@dataclass(frozen=True)
class Resource:
    """One resource of a bundle: FHIR type, its id (empty where it has none), its fullUrl and its body."""

    type: str
    id: str
    full_url: str
    body: Node

    @property
    def label(self) -> str:
        """How a reference names it, such as `Patient/12`."""
        return f"{self.type}/{self.id}"


@dataclass(frozen=True)
class PatientBundle:
    """A bundle about one person. `empty` counts entries that carry no resource."""

    where: str
    type: str
    patient: Resource
    resources: tuple[Resource, ...]
    empty: int
    has_more: bool

    @property
    def entries(self) -> int:
        """How many entries the bundle has; a report's lines add up to it."""
        return len(self.resources) + self.empty

    @cached_property
    def index(self) -> dict[str, Resource]:
        """Every name a reference may use -> the resource."""
        named = {resource.label: resource for resource in self.resources if resource.id}
        return named | {resource.full_url: resource for resource in self.resources if resource.full_url}

    @property
    def server(self) -> str:
        """The address of the server the patient came from, empty where the bundle does not say."""
        url, end = self.patient.full_url, f"/{self.patient.label}"
        return url.removesuffix(end) if url.startswith("http") and url.endswith(end) else ""
