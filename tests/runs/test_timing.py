"""How long a run took is read from its directory."""

import pytest

from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.timing import Timing, read_timing


def test_a_run_takes_what_its_intervals_take(tmp_path):
    directory = RunDirectory(tmp_path)
    intervals = [Timing(100, 110, 2.0, 0.5, 0.5, 1.5), Timing(200, 95, 3.0, 0.5, 0.5, 2.5)]
    Table(directory.timing_file).append([interval.row() for interval in intervals])
    timing = read_timing(directory)
    assert timing == Timing(200, 205, 5.0, 1.0, 1.0, 4.0)
    assert timing.learning == 3.0
    assert timing.speed == pytest.approx(41.0)
    assert timing.is_whole


def test_a_table_that_began_anew_does_not_tell_what_the_whole_run_took(tmp_path):
    directory = RunDirectory(tmp_path)
    Table(directory.timing_file).append([Timing(200, 95, 3.0, 0.5, 0.5, 2.5).row()])
    timing = read_timing(directory)
    assert timing is not None
    assert not timing.is_whole


def test_a_run_without_an_interval_has_no_speed(tmp_path):
    assert read_timing(RunDirectory(tmp_path)) is None
