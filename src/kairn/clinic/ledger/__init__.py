"""The only room that keeps facts: append, read, project, rebuild, verify, seal."""
