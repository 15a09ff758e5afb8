"""The words: quantities, codes, times, three-valued answers, and the strict readers of numbers and JSON."""
