"""Battles to look at: filmed, kept in small files, replayed, shown in a browser or as a GIF."""
