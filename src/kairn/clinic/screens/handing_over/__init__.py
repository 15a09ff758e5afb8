"""Handing a person over in mid-visit: what is open now, the offer, and the signature of the one who takes over."""
