"""Plain data: units and tuned numbers."""
