"""The monitor of a visit: its link, when it was last heard, and what it sent that is no reading."""
