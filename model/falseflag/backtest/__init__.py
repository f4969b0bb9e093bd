"""Back-test: every resolved incident is answered by models that have not seen it, and the answers are scored."""
