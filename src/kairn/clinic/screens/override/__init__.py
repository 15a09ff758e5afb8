"""One rule set aside for a while, with a name and a reason."""
