"""The plan of care: drafted from where the person stands, edited and signed by a colleague, printed, and read by the person in plain words."""
