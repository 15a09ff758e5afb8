"""Doses in, concentrations and effects out: exact for any history of boluses and rates, drawn with a band, weighed by no rule."""
