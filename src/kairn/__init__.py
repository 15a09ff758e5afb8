"""Kairn: supervised, ketamine-assisted recovery from opioid use disorder, out of one cited protocol."""
