"""The page that goes with a person to hospital, made to be printed."""
