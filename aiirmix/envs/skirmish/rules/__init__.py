"""SMAC's rules on top of the battles: masks, observations, state, rewards, scripted policies."""
