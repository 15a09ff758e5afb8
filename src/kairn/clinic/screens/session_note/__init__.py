"""The note and flowsheet of one visit, made to be read afterwards and printed."""
