"""Helpers: marks for tests that need packages of SMAC's."""

from importlib.util import find_spec

import pytest

needs_pysc2 = pytest.mark.skipif(
    find_spec("pysc2") is None, reason="needs pysc2: make setup, or pip install --no-deps pysc2==4.0.0"
)
