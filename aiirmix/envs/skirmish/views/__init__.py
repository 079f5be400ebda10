"""Skirmish as others speak to it: SMAC's class, and PettingZoo's. Each plays one battle at a time."""
