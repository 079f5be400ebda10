"""A run writes its record: metrics, episodes, timing, log."""

import csv
import logging
from typing import ClassVar

import pytest
import torch

from aiirmix.runs.timing import read_timing
from aiirmix.training.fit import fit
from tests.toys import CreditGame
from tests.training.toy_runs import CREDIT_GAME, open_run, toy_config, train


def rows_of(file):
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train(tmp_path_factory.mktemp("runs") / "run")


def test_metrics_have_a_row_for_every_evaluation(run):
    assert [row["env_steps"] for row in rows_of(run.metrics_file)] == ["0", "100", "200", "300"]


def test_metrics_begin_with_env_steps_and_the_test(run):
    columns = list(rows_of(run.metrics_file)[0])
    assert columns[:4] == ["env_steps", "test/episode_steps", "test/return", "test/win_rate"]
    assert columns[4:] == sorted(columns[4:])
    assert {"train/win_rate", "train/return", "actor/loss", "r_in/even/mean", "r_in/odd/std"} <= set(columns)


def test_metrics_before_training_are_those_of_the_test_alone(run):
    first, *others = rows_of(run.metrics_file)
    assert {name.partition("/")[0] for name, value in first.items() if value} == {"env_steps", "test"}
    assert all(all(row.values()) for row in others)


def test_every_test_episode_has_a_row(run):
    episodes = rows_of(run.episodes_file)
    assert list(episodes[0]) == ["env_steps", "return", "steps", "won"]
    assert [row["env_steps"] for row in episodes] == [str(x) for x in (0, 100, 200, 300) for _ in range(4)]


def test_metrics_are_the_means_of_their_episodes(run):
    episodes = rows_of(run.episodes_file)
    for row in rows_of(run.metrics_file):
        own = [episode for episode in episodes if episode["env_steps"] == row["env_steps"]]
        for metric, column in (("win_rate", "won"), ("return", "return"), ("episode_steps", "steps")):
            mean = sum(float(episode[column]) for episode in own) / len(own)
            assert float(row[f"test/{metric}"]) == pytest.approx(mean)


def test_evaluations_are_on_the_grid_even_when_an_update_is_longer(tmp_path):
    directory = train(tmp_path, "evaluation.every=20", "env_steps=100")
    reached = [int(row["env_steps"]) for row in rows_of(directory.metrics_file)]
    assert reached == sorted(set(reached))
    assert {steps % 20 for steps in reached} == {0}
    assert reached[-1] >= 100


def test_a_budget_off_the_grid_is_used_up(tmp_path):
    directory = train(tmp_path, "env_steps=250")
    assert rows_of(directory.metrics_file)[-1]["env_steps"] == "300"


def test_the_same_seed_gives_the_same_bytes(run, tmp_path):
    again = train(tmp_path)
    assert again.metrics_file.read_bytes() == run.metrics_file.read_bytes()
    assert again.episodes_file.read_bytes() == run.episodes_file.read_bytes()


def test_another_seed_gives_another_run(run, tmp_path):
    other = train(tmp_path, "seed=1")
    assert [row["test/return"] for row in rows_of(other.metrics_file)] != [
        row["test/return"] for row in rows_of(run.metrics_file)
    ]


def test_global_random_numbers_do_not_matter(run, tmp_path, monkeypatch):
    """Random numbers that a logger or another component draws must not change a run."""
    monkeypatch.setattr("aiirmix.training.fit.seed_everything", lambda *_, **__: torch.manual_seed(12345))
    assert train(tmp_path).metrics_file.read_bytes() == run.metrics_file.read_bytes()


class WatchedGame(CreditGame):
    """A game that notes which battles were played, and whether it was closed."""

    games: ClassVar[list["WatchedGame"]] = []

    def __init__(self, **game):
        super().__init__(**game)
        self.seeds, self.closed = [], False
        self.games.append(self)

    def reset(self, seeds, out=None):
        self.seeds += seeds.tolist()
        return super().reset(seeds, out)

    def close(self):
        self.closed = True


@pytest.fixture
def watched():
    """Return the configuration of a watched game; the games of the test are in `WatchedGame.games`."""
    WatchedGame.games.clear()
    return CREDIT_GAME | {"_target_": f"{__name__}.WatchedGame"}


def test_no_battle_is_played_twice(tmp_path, watched):
    train(tmp_path, env=watched)
    training, testing = WatchedGame.games
    assert len(testing.seeds) == 4 * 4
    assert len(training.seeds) > 4 * 4
    seeds = training.seeds + testing.seeds
    assert len(set(seeds)) == len(seeds)


def test_environments_are_closed(tmp_path, watched):
    train(tmp_path, env=watched)
    assert [game.closed for game in WatchedGame.games] == [True, True]


def test_environments_are_closed_when_a_run_fails(tmp_path, watched, monkeypatch):
    monkeypatch.setattr(WatchedGame, "step", None)
    with pytest.raises(TypeError):
        train(tmp_path, env=watched)
    assert [game.closed for game in WatchedGame.games] == [True, True]


def test_the_log_says_how_it_went(tmp_path, caplog):
    config = toy_config()
    with caplog.at_level(logging.INFO):
        directory = open_run(config, tmp_path)
        fit(config, directory)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("aiirmix")]
    assert [line.partition(":")[0] for line in lines[:4]] == [f"env_steps {n} of 300" for n in (0, 100, 200, 300)]
    spent = read_timing(directory)
    assert spent is not None
    assert lines[4].startswith(f"{spent.played} env steps in {spent.seconds:.1f} s: ")


def test_seconds_are_split_into_parts(run):
    rows = rows_of(run.timing_file)
    assert [row["env_steps"] for row in rows] == ["100", "200", "300"]
    for row in rows:
        parts = [float(row[part]) for part in ("collecting", "learning", "testing")]
        assert min(parts) > 0
        assert sum(parts) == pytest.approx(float(row["seconds"]))
        assert float(row["cpu_seconds"]) > 0
    timing = read_timing(run)
    assert timing is not None
    assert timing.played == sum(int(row["played"]) for row in rows) >= 300


def test_the_final_model_is_tested_on_fresh_episodes_where_the_protocol_says_so(run, tmp_path):
    """The test changes nothing else, and its result is reproducible."""
    assert not run.absolute_file.exists()
    directory = train(tmp_path, "evaluation.final_episodes=40")
    episodes = directory.absolute_file.read_bytes()
    rows = rows_of(directory.absolute_file)
    assert len(rows) == 40
    assert {row["env_steps"] for row in rows} == {"300"}
    assert directory.metrics_file.read_bytes() == run.metrics_file.read_bytes()
    tested = [(row["return"], row["steps"]) for row in rows_of(run.episodes_file)]
    assert [(row["return"], row["steps"]) for row in rows[:4]] != tested[-4:]
    directory.absolute_file.unlink()
    fit(toy_config("evaluation.final_episodes=40"), directory)
    assert directory.absolute_file.read_bytes() == episodes
