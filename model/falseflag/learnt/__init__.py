"""What was learnt from resolved cases: the page of a back-test, with its pictures and tables."""
