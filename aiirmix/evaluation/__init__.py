"""Trained models at play: loaded from their run directories, tested on fresh battles, used in other programs."""
