"""The file of a recording is written atomically, and refused in one line if it cannot be read."""

import gzip
import json

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.viewer.recording import FORMAT_VERSION, Recording
from tests.viewer.sample_battles import AMBUSH, AMBUSH_WITHOUT_ATTENTION, AMBUSH_WITHOUT_MODEL


@pytest.mark.parametrize("battle", [AMBUSH, AMBUSH_WITHOUT_ATTENTION, AMBUSH_WITHOUT_MODEL])
def test_a_loaded_recording_equals_the_saved_one(tmp_path, battle):
    battle.save(tmp_path / "battle.json.gz")
    loaded = Recording.load(tmp_path / "battle.json.gz")
    assert loaded.to_dict() == battle.to_dict()
    assert loaded.units == battle.units
    assert {name: array.dtype.kind for name, array in arrays(loaded).items()} == {
        name: array.dtype.kind for name, array in arrays(battle).items()
    }


def arrays(battle):
    return {name: value for name, value in vars(battle).items() if hasattr(value, "dtype")}


def test_a_recording_has_its_sizes():
    assert (AMBUSH.n_agents, AMBUSH.steps) == (2, 4)


def test_equal_recordings_give_equal_files(tmp_path):
    AMBUSH.save(tmp_path / "one")
    AMBUSH.save(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def compressed(content):
    return gzip.compress(json.dumps(content).encode())


UNREADABLE = {
    "not compressed": (b"<html>", "is not a recorded battle"),
    "cut off": (gzip.compress(b"a" * 99)[:-9], "is not a recorded battle"),
    "broken inside": (b"\x1f\x8b\x08" + bytes(40), "is not a recorded battle"),
    "not JSON": (gzip.compress(b"{"), "is not a recorded battle"),
    "something else": (compressed([1, 2]), "is not a recorded battle"),
    "another format": (compressed({"format": "chess"}), "is not a recorded battle"),
    "of the future": (
        compressed({"format": "aiirmix battle", "format_version": FORMAT_VERSION + 1}),
        f"was written by a newer aiirmix (version {FORMAT_VERSION + 1}, this one reads version {FORMAT_VERSION})",
    ),
    "of the past": (
        compressed({"format": "aiirmix battle", "format_version": 1}),
        f"was written by an older aiirmix (version 1, this one reads version {FORMAT_VERSION}); record it again",
    ),
    "incomplete": (compressed({**AMBUSH.to_dict(), "units": None}), "is damaged"),
    "without version": (compressed({"format": "aiirmix battle"}), "is damaged"),
}


@pytest.mark.parametrize(("content", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_file_is_refused_in_one_line(tmp_path, content, message):
    path = tmp_path / "battle.json.gz"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        Recording.load(path)
    assert str(error.value).startswith(f"{path} {message}")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"there is no file .*none\.json\.gz"):
        Recording.load(tmp_path / "none.json.gz")
