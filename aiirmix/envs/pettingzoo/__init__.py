"""PettingZoo parallel environments with discrete actions, behind the `BatchEnv` protocol."""
