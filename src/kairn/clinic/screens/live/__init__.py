"""News to open screens: which stream changed, nothing else."""
