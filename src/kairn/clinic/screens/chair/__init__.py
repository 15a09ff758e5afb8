"""The chair: the nurse's screen while the pump runs and after it."""
