"""Helpers: SMAX where it is installed."""

import pytest


def make_smax(map, arguments):
    """Return the environment, or skip the test."""
    pytest.importorskip("jaxmarl", reason="needs JaxMARL: pip install 'aiirmix[smax]'")
    from aiirmix.envs.smax.env import SMAX

    return SMAX(map, arguments)
