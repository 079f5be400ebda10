"""The file of a recording: small, whole or not there, and refused in one line when it is not to be read."""

import gzip
import json

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.viewer.recording import FORMAT_VERSION, Recording
from tests.viewer.sample_battles import AMBUSH, AMBUSH_WITHOUT_ATTENTION, AMBUSH_WITHOUT_MODEL


@pytest.mark.parametrize("battle", [AMBUSH, AMBUSH_WITHOUT_ATTENTION, AMBUSH_WITHOUT_MODEL])
def test_what_is_loaded_is_what_was_saved(tmp_path, battle):
    battle.save(tmp_path / "battle.json.gz")
    loaded = Recording.load(tmp_path / "battle.json.gz")
    assert loaded.as_plain() == battle.as_plain()
    assert loaded.units == battle.units
    assert {name: array.dtype.kind for name, array in arrays(loaded).items()} == {
        name: array.dtype.kind for name, array in arrays(battle).items()
    }


def arrays(battle):
    return {name: value for name, value in vars(battle).items() if hasattr(value, "dtype")}


def test_it_knows_its_sizes():
    assert (AMBUSH.n_agents, AMBUSH.steps) == (2, 4)


def test_the_same_battle_makes_the_same_file(tmp_path):
    AMBUSH.save(tmp_path / "one")
    AMBUSH.save(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_an_interrupted_save_leaves_the_former_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "battle.json.gz"
    AMBUSH.save(path)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        AMBUSH_WITHOUT_MODEL.save(path)
    assert Recording.load(path).insight is not None
    assert list(tmp_path.iterdir()) == [path]


def zipped(content):
    return gzip.compress(json.dumps(content).encode())


UNREADABLE = {
    "not zipped": (b"<html>", "is no recorded battle"),
    "cut off": (gzip.compress(b"a" * 99)[:-9], "is no recorded battle"),
    "broken inside": (b"\x1f\x8b\x08" + bytes(40), "is no recorded battle"),
    "not JSON": (gzip.compress(b"{"), "is no recorded battle"),
    "something else": (zipped([1, 2]), "is no recorded battle"),
    "another format": (zipped({"format": "chess"}), "is no recorded battle"),
    "of the future": (
        zipped({"format": "aiirmix battle", "format_version": FORMAT_VERSION + 1}),
        f"was written by a newer aiirmix (version {FORMAT_VERSION + 1}, this one reads version {FORMAT_VERSION})",
    ),
    "of the past": (
        zipped({"format": "aiirmix battle", "format_version": 1}),
        f"was written by an older aiirmix (version 1, this one reads version {FORMAT_VERSION}); record it anew",
    ),
    "incomplete": (zipped({**AMBUSH.as_plain(), "units": None}), "is damaged"),
    "without version": (zipped({"format": "aiirmix battle"}), "is damaged"),
}


@pytest.mark.parametrize(("content", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_refused_in_a_line(tmp_path, content, message):
    path = tmp_path / "battle.json.gz"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        Recording.load(path)
    assert str(error.value).startswith(f"{path} {message}")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"there is no .*none\.json\.gz"):
        Recording.load(tmp_path / "none.json.gz")
