"""Work in the background ends with its block."""

import threading

import pytest

from aiirmix.common.background import in_background


def test_the_work_is_told_when_the_block_ends_and_is_waited_for():
    told = []
    with in_background(lambda over: told.append(over.wait(60))):
        assert told == []
    assert told == [True]


def test_an_error_in_the_work_is_told_at_once_and_raised_when_the_block_ends():
    def work(over):
        raise ValueError("work")

    told = []
    with pytest.raises(ValueError, match="work"), in_background(work) as failed:
        told.append(failed.wait(60))
    assert told == [True]


def test_an_error_in_the_block_ends_the_work_too():
    ended = threading.Event()

    def work(over):
        over.wait(60)
        ended.set()

    with pytest.raises(ValueError, match="block"), in_background(work):
        raise ValueError("block")
    assert ended.is_set()
