"""Checks configurations against the signatures in the source code, without importing it (docs/checker.md)."""
