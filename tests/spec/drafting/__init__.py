"""Draft cases for rules: what a person would try by hand at each limit, with the answer as the protocol gives it, for a person to read and keep."""
