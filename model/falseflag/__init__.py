"""Who did it? A Bayesian model of actor hypotheses for contested attacks."""
