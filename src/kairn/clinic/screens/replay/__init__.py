"""One visit minute by minute: the chair as it stood then."""
