"""Simulation-based calibration: are answers to made-up incidents as right as they say?"""
