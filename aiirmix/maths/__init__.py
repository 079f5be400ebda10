"""The equations: one pure function each, shapes asserted first. Imports nothing else of the project."""
