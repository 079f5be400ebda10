"""What SMAC fixes for both the simulator and the real game: flags, units and maps."""
