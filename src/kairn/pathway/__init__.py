"""Where the patient stands now, and why: assess(protocol, history, now) -> Standing."""
