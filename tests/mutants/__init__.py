"""Deliberately wrong versions of the program, each of which something has to notice."""
