"""Measures the speed of simulator and training."""
