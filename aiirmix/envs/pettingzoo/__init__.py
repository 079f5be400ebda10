"""Any PettingZoo parallel environment with discrete actions, behind the protocol of this project."""
