"""The protocol in force, read aloud as a page."""
