"""Writes the report on an experiment, one page for the browser: python report.py --help."""

from aiirmix.report.page import main

if __name__ == "__main__":
    main()
