"""Rows of a bedside monitor in, readings out, and what is no reading with its reason; no alarm, no judgement of the person."""
