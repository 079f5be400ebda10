"""Trains one run, or with -m as many as the settings spell: python run.py --help."""

from aiirmix.launch.command import main

if __name__ == "__main__":
    main()
