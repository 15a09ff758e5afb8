"""The drug account of one visit."""
