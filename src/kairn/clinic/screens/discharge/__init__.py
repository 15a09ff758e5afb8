"""Going home: what *ready* rests on, and the five ways a visit can end. No gate holds a person."""
