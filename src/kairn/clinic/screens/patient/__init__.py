"""One person: what stands, what is next, and why; the timeline with both times."""
