"""A stand-in for StarCraft II's own program: the same command line and the same interface, with skirmish as the game.

Code written for SMAC then runs unchanged, and without Blizzard's program; see docs/smac.md.
"""
