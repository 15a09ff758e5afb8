"""Before the pump: what must be true today, what is still asked, the order, the start."""
