"""Figures of an answer, one to a file."""
