"""What is due after an infusion and in the years after the series."""
