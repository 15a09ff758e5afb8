"""The grammar that protocols are written in: load, check, say aloud, cite."""
