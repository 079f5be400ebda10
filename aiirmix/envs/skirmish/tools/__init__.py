"""Measurements of the simulator: its speed, and how it compares with the real game."""
