"""Skirmish: an embedded simulator of the StarCraft Multi-Agent Challenge.

Imports nothing, so that the list of maps loads at once.
"""
