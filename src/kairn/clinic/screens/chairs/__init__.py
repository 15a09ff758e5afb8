"""The board of chairs: every visit under way that the reader may see, the first red first."""
