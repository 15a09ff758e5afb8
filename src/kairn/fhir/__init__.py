"""FHIR R4 in, events out: pure translation that never reads the clock, the network or a database."""
