"""Measure the speed of simulator and training."""
