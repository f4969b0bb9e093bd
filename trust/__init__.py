"""`make trust`: measures what is guaranteed, section by section, and writes ``reports/trust.md``."""
