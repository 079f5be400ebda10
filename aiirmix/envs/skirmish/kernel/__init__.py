"""Compiled functions that advance a battle."""
