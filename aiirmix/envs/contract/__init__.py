"""What the simulator and real SMAC share."""
