"""Signals while a run starts."""

import signal

import pytest

from aiirmix.launch.job import treat_sigterm_as_ctrl_c, uninterrupted


def interrupted_import(number, steps):
    with uninterrupted():
        signal.raise_signal(number)
        steps.append("imported")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_until_the_imports_are_done(number):
    """A process in the background may have inherited that SIGINT is ignored."""
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    steps: list[str] = []
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        treat_sigterm_as_ctrl_c()
        with pytest.raises(KeyboardInterrupt):
            interrupted_import(number, steps)
        assert steps == ["imported"]
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def test_an_error_of_an_import_is_not_hidden():
    with pytest.raises(ImportError), uninterrupted():
        raise ImportError


def test_the_handler_of_a_cluster_stays():
    calls = []
    before = signal.signal(signal.SIGTERM, lambda number, _: calls.append(number))
    try:
        with uninterrupted():
            signal.raise_signal(signal.SIGTERM)
        assert calls == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)
