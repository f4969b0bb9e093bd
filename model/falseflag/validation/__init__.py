"""Whether answers are right: calibration on simulated incidents, back-tests on resolved ones."""
