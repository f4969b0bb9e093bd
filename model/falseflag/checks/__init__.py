"""Checks of an answer: each returns a `Check` with a verdict, a figure, its limit and a sentence."""
