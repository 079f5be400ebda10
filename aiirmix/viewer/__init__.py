"""Battles recorded in small files, replayed, and shown as a page, GIF or video."""
