"""Plays a battle and shows it, or shows a recorded one: python watch.py --help."""

from aiirmix.viewer.command import main

if __name__ == "__main__":
    main()
