"""A table grows by rows and survives a process that is killed while it writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.runs.csv_table import Table

names = st.sampled_from("abcdef")
values = st.one_of(st.floats(allow_nan=False), st.integers(), st.text('x,;" 0', max_size=3))
rows = st.dictionaries(names, values, min_size=1)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "table.csv"


def as_read(written):
    """Return written rows as `rows` reads them: as text, and empty where a row has no value."""
    columns = dict.fromkeys(name for row in written for name in row)
    return [{name: str(row.get(name, "")) for name in columns} for row in written]


def filled(path, batches):
    table = Table(path)
    for batch in batches:
        table.append(batch)
    return table


@given(st.lists(st.lists(rows, max_size=3), max_size=4), st.integers(0, 4))
def test_rows_are_read_as_written(tmp_path_factory, batches, reopened_after):
    path = tmp_path_factory.mktemp("table") / "table.csv"
    filled(path, batches[:reopened_after])
    table = filled(path, batches[reopened_after:])
    assert table.rows() == as_read([row for batch in batches for row in batch])


@given(st.lists(rows, min_size=1, max_size=6), st.sets(st.integers(0, 5)))
def test_only_wanted_rows_are_kept(tmp_path_factory, written, unwanted):
    path = tmp_path_factory.mktemp("table") / "table.csv"
    table = filled(path, [[{"index": i, **row} for i, row in enumerate(written)]])
    everything = table.rows()
    table.keep(lambda row: int(row["index"]) not in unwanted)
    assert Table(path).rows() == [row for i, row in enumerate(everything) if i not in unwanted]


@given(st.lists(st.fixed_dictionaries({"a": st.integers(), "b": values}), min_size=1, max_size=4), st.data())
def test_an_incomplete_last_line_is_dropped_alone(tmp_path_factory, written, data):
    path = tmp_path_factory.mktemp("table") / "table.csv"
    filled(path, [written])
    whole = path.read_bytes()
    last_line = whole.rstrip(b"\r\n").rfind(b"\n") + 1
    cut = data.draw(st.integers(last_line, len(whole) - 1))
    path.write_bytes(whole[:cut])
    table = Table(path)
    table.keep(lambda _: True)
    table.append([written[-1]])
    assert path.read_bytes() == whole


def test_new_columns_are_empty_in_the_rows_before(path):
    filled(path, [[{"a": 1}], [{"b": 2}], [{"a": 3, "b": 4}]])
    assert path.read_text().split() == ["a,b", "1,", ",2", "3,4"]


def test_a_table_without_rows_has_none(path):
    Table(path).append([])
    Table(path).keep(lambda _: True)
    assert Table(path).rows() == []
