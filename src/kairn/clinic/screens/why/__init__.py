"""One rule for one person: its facts, its evidence, and what it does not consider."""
