"""A stand-in for StarCraft II: the same command line and network interface, with skirmish as the game.

It lets code written for SMAC run unchanged without Blizzard's program; see docs/smac.md.
"""
