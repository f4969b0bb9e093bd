"""The two engines, what they share, the checks, and the answer."""
