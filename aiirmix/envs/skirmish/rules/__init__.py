"""SMAC's rules on top of a battle: masks, observations, rewards, scripted policies."""
