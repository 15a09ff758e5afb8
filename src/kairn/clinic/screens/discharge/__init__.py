"""Going home: what *ready* rests on, and the five ways a visit can end; no gate holds a person."""
