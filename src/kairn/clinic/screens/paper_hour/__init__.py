"""Typing in what was written on paper while Kairn could not be reached."""
