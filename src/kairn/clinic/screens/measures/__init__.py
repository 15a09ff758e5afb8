"""Instruments in the clinic: what is due, the answering form, the score with what it does not say."""
