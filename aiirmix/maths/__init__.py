"""Equations, each a pure function that asserts its shapes first. Imports nothing else of the project."""
