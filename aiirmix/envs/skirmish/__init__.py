"""Skirmish: an embedded simulator of the StarCraft Multi-Agent Challenge."""
