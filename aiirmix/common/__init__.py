"""What every other package may use: errors, files, limits, statistics."""
