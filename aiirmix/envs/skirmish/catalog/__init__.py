"""Plain data: units, maps and tuned numbers."""
