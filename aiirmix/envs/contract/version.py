"""The version of the simulator, which records name wherever it was played, in the place of StarCraft II too."""

SKIRMISH_VERSION = 3
"""Raise it whenever the same seed and actions no longer lead to the same battle."""
