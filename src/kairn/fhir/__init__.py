"""FHIR R4 in, events out. Pure translation: it reads bytes and a history, and never the clock, the network or a database."""
