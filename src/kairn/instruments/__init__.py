"""Scales and questionnaires: answers in, score out; what a score means stands in the library."""
