"""The modules that every other package may import: errors, files, limits, resources, statistics."""
