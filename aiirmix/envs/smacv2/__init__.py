"""SMACv2 on StarCraft II itself: SMAC's games in processes (`aiirmix.envs.smac`) with another package and flags."""
