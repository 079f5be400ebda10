"""A map of the user's own: the example of docs/skirmish.md is checked, played and trained on."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.maps import recorded_name
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.requirements import check
from aiirmix.evaluation.trained_run import load_trained
from aiirmix.runs.directory import RunDirectory
from tests.doc_pages import ROOT, Page, check_command
from tests.envs.skirmish.battle_setup import random_battles

PAGE = Page("skirmish")
MIXED = Path(__file__).parent / "maps" / "mixed.yaml"
SETTINGS = "model=liir env.map=maps/ambush.yaml env_steps=1400 evaluation.every=1400 evaluation.episodes=2"


@pytest.fixture
def ambush(tmp_path):
    """Write the map of the page to a file and return its path."""
    [path] = PAGE.write_files(tmp_path)
    return path


def test_units_are_those_of_the_file(ambush):
    env = Skirmish(str(ambush))
    assert env.spec.agent_types == ("marine",) * 4 + ("medivac",)
    assert (env.spec.episode_limit, env.spec.n_actions) == (20, 6 + 4)
    assert env.spec.name == f"skirmish-{SKIRMISH_VERSION}/{recorded_name(str(ambush))}"


def test_a_side_may_have_units_with_and_without_shields():
    env = Skirmish(str(MIXED))
    state = env.reset(np.array([3])).state[0]
    agents = state[: 4 * 7].reshape(4, 7)
    assert env.spec.agent_types == ("marine", "marine", "zealot", "zealot")
    assert agents[:, 4].tolist() == [0, 0, 1, 1], "shields"
    assert agents[:, 5:].tolist() == [[1, 0], [1, 0], [0, 1], [0, 1]], "types"
    for _, frame, outcome in random_battles(env, np.arange(8)):
        assert all(np.isfinite(array).all() for array in (*frame, *outcome))


def test_the_command_lines_of_the_page_are_valid(ambush, monkeypatch):
    monkeypatch.chdir(ambush.parents[1])
    assert len(PAGE.commands()) == 1
    for line in PAGE.commands():
        check_command(line)


@pytest.mark.slow
def test_a_run_trains_on_it_is_named_by_its_content_and_is_only_loaded_with_it(ambush, monkeypatch):
    """Batches have 32 battles of at most 20 steps, so that 1400 steps are at least two updates."""
    folder = ambush.parents[1]
    command = [sys.executable, str(ROOT / "run.py"), *SETTINGS.split(), "trainer.enable_progress_bar=false"]
    where = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=where, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    run = folder / "runs" / "default" / "liir" / recorded_name(str(ambush)) / "seed=0"
    with (run / "metrics.csv").open(newline="") as file:
        assert [int(row["env_steps"]) for row in csv.DictReader(file)][-1] >= 1400
    expected = f"environment: skirmish-{SKIRMISH_VERSION}/{recorded_name(str(ambush))}"
    assert expected in (run / "provenance.yaml").read_text()
    monkeypatch.chdir(folder)
    assert load_trained(RunDirectory(run)).env.spec.name == expected.removeprefix("environment: ")
    ambush.write_text(ambush.read_text().replace("count: 4", "count: 3"))
    with pytest.raises(ConfigError, match=rf"was trained in {expected[13:]}, not in .*: restore its map file$"):
        load_trained(RunDirectory(run))


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("8n", "unknown map 8n; did you mean 8m?"),
        ("maps/ambsh.yaml", "maps/ambsh.yaml: there is no such map file"),
    ],
)
def test_a_map_that_is_missing_is_refused_before_anything_starts(typed, message):
    with pytest.raises(ConfigError, match=f"^env.map: {re.escape(message)}"):
        check({"map": typed})


def test_a_map_without_room_is_refused_before_anything_starts(ambush):
    ambush.write_text(ambush.read_text() + "walkable: [{x: [8, 24], y: [16, 16]}, {x: [16, 16], y: [14, 15]}]\n")
    check({"map": str(ambush)})
    ambush.write_text(ambush.read_text().replace("count: 4", "count: 60"))
    with pytest.raises(ConfigError, match=r"ambush.yaml: around \[16, 16\] there is room for \d+ of 60 × marine$"):
        check({"map": str(ambush)})
    with pytest.raises(ConfigError, match="there is room for"):
        Skirmish(str(ambush))
