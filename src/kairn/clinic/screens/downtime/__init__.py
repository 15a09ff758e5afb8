"""Sheets for the time without Kairn: one a running visit, written beforehand, opened from disk."""
