"""The course of withdrawal: scores, use, medicines and infusions on one line of time, who to call, and what is entered."""
