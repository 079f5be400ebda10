"""Skirmish behind the interfaces of others: SMAC's class and PettingZoo's. Each plays one battle at a time."""
