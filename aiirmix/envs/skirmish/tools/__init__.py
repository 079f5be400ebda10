"""Command-line tools for the simulator."""
