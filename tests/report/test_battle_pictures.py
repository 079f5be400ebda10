"""Figures 5 and 6, of a hand-written battle."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from aiirmix.common.errors import ConfigError
from aiirmix.report import battle_highlights, battle_pictures
from aiirmix.report.battle_highlights import deaths, describe_action, find_highlights, recent_deaths, unit_name
from aiirmix.report.insight_drawing import draw_insight, key_of, largest_weight
from aiirmix.report.snapshot_drawing import MIN_ASPECT, PADDING, box_of
from aiirmix.report.style import AGENT_COLOURS
from aiirmix.runs.recorded import find_runs
from aiirmix.viewer import trained_player
from aiirmix.viewer.scene import Scene
from tests.report.fake_runs import fake_run
from tests.viewer.sample_battles import (
    AMBUSH,
    AMBUSH_WITHOUT_ATTENTION,
    AMBUSH_WITHOUT_MODEL,
    AMBUSH_WITHOUT_REWARDS,
    COLOSSUS,
    INSIGHT,
    MARINE,
    ZEALOT,
)


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Return the runs of an experiment whose model plays the hand-written battle."""
    monkeypatch.setattr(trained_player, "play_model", lambda directory, seed: AMBUSH)
    fake_run(tmp_path / "x", [0.5])
    return find_runs(tmp_path / "x")


def rows_of(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_the_largest_change_of_a_living_agent_is_found():
    """Marine 1 gets 1 and then 1/8; marine 2's last change is after its death."""
    [highlight] = find_highlights(AMBUSH, 4)
    assert (highlight.step, highlight.agent, highlight.letter) == (3, 0, "a")
    assert (highlight.before, highlight.after) == (1.0, 0.125)


def test_highlights_are_apart_and_in_order_of_time(monkeypatch):
    monkeypatch.setattr(battle_highlights, "MIN_DISTANCE", 2)
    highlights = find_highlights(AMBUSH, 2)
    assert [(one.step, one.agent, one.letter) for one in highlights] == [(1, 0, "a"), (3, 0, "b")]
    assert highlights[0].change == 0.25


def test_a_constant_reward_has_no_highlights():
    insight = replace(INSIGHT, r_in=np.ones((4, 2)))
    assert find_highlights(replace(AMBUSH, insight=insight), 4) == []


def test_units_and_their_actions_are_named_as_in_the_viewer():
    assert [unit_name(AMBUSH, u) for u in range(3)] == ["marine 1", "marine 2", "zealot 1"]
    assert describe_action(AMBUSH, 0, 1) == "attacks enemy zealot 1, health 45 of 45"
    assert describe_action(AMBUSH, 2, 0) == "moves, health 45 of 45"


def test_deaths_are_named_in_the_timestep_after_them():
    """Marine 2 dies in the second step, the zealot in the last, which has none after it."""
    assert deaths(AMBUSH) == [(2, 1), (4, 2)]
    assert [recent_deaths(AMBUSH, step) for step in range(4)] == ["", "", "marine 2 just died", ""]
    both = replace(AMBUSH, alive=np.array([[1, 1, 1], [1, 1, 1], [1, 0, 0], [1, 0, 0], [1, 0, 0]], bool))
    assert recent_deaths(both, 2) == "marine 2 and enemy zealot 1 just died"


def test_weights_of_the_dead_and_of_an_agent_for_itself_do_not_affect_the_scale():
    """Marine 1 has a weight of 1 only for itself, after marine 2 died; marine 2 never had more than 0.5."""
    assert largest_weight(AMBUSH, [0]) == 0.75
    assert largest_weight(AMBUSH, [1]) == 0.5


def test_the_key_explains_lines_and_marks():
    highlights = find_highlights(AMBUSH, 1)
    assert key_of(AMBUSH, highlights) == (
        "×: death, in orange of an enemy; grey dots: even attention; a to a: where a reward moves most."
    )
    mixed = replace(AMBUSH_WITHOUT_ATTENTION, units=(MARINE, COLOSSUS, ZEALOT))
    assert key_of(mixed, []) == "Solid: marine, dashed: colossus; ×: death, in orange of an enemy."


def test_snapshots_are_cropped_to_the_living_units():
    scene, [highlight] = Scene(AMBUSH), find_highlights(AMBUSH, 1)
    left, top, right, bottom = box_of(scene, [highlight])
    x, y = scene.place(np.array([[10.0, 11.0], [11.0, 12.0]])).T
    margin = PADDING * scene.cell
    assert (left, right) == pytest.approx((x[0] - margin, x[1] + margin), abs=1)
    assert bottom - top == pytest.approx(max(y[0] - y[1] + 2 * margin, MIN_ASPECT * (right - left)), abs=2)


def test_the_csv_file_has_a_row_for_each_living_agent_in_each_timestep(runs, tmp_path):
    battle_pictures.insight_picture(runs, tmp_path / "figure5.png", "title", battle=0, kind="marine")
    rows = rows_of(tmp_path / "figure5.csv")
    assert [(row["step"], row["agent"]) for row in rows] == [
        ("0", "marine 1"),
        ("0", "marine 2"),
        ("1", "marine 1"),
        ("1", "marine 2"),
        ("2", "marine 1"),
        ("3", "marine 1"),
    ]
    assert rows[3] == {
        "step": "1",
        "agent": "marine 2",
        "r_ex": "2.0",
        "health": "45.0",
        "shield": "0.0",
        "r_in": "-0.5",
        "r_total": "1.5",
        "attention to marine 1": "0.5",
        "attention to marine 2": "0.5",
    }


def test_snapshots_are_described_in_the_csv_file(runs, tmp_path):
    battle_pictures.snapshots_picture(runs, tmp_path / "figure6.png", "title", battle=0)
    [row] = rows_of(tmp_path / "figure6.csv")
    assert (row["panel"], row["step"], row["agent"]) == ("a", "3", "marine 1")
    assert (row["does"], row["died"]) == ("attacks enemy zealot 1, health 45 of 45", "")
    assert imread(tmp_path / "figure6.png").shape[1] == 1540


def test_every_agent_has_a_line_and_attention_has_its_own_panels(tmp_path):
    widths = []
    for recording in (AMBUSH, AMBUSH_WITHOUT_ATTENTION):
        draw_insight(recording, find_highlights(recording, 2), tmp_path / "x.png", "title")
        pixels = imread(tmp_path / "x.png")[..., :3]
        widths.append(pixels.shape[1])
        assert all(np.isclose(pixels, to_rgb(colour), atol=0.02).all(-1).any() for colour in AGENT_COLOURS[:2])
    assert widths[1] < widths[0]


@pytest.mark.parametrize("recording", [AMBUSH_WITHOUT_MODEL, AMBUSH_WITHOUT_REWARDS])
def test_a_model_without_intrinsic_rewards_is_refused(runs, tmp_path, monkeypatch, recording):
    monkeypatch.setattr(trained_player, "play_model", lambda directory, seed: recording)
    refused = pytest.raises(ConfigError, match="aiir_mix has no intrinsic rewards to draw")
    with refused:
        battle_pictures.insight_picture(runs, tmp_path / "figure5.png", "title", battle=0, kind="marine")
    with refused:
        battle_pictures.snapshots_picture(runs, tmp_path / "figure6.png", "title", battle=0)
