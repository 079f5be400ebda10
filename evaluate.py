"""Plays fresh episodes with the model of a run and says how it did: python evaluate.py --help."""

from aiirmix.evaluation.command import main

if __name__ == "__main__":
    main()
