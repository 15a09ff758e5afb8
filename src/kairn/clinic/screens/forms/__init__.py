"""What the desk's screens share: opening a chart, telling times, reading forms, saying refusals."""
