"""A run that diverged fails in one line, leaves a finite checkpoint, and is not counted."""

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch

from aiirmix.common.errors import ConfigError
from aiirmix.data.finite import DivergedError, require_finite_episodes
from aiirmix.report.evaluations import load
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory
from aiirmix.training.checkpoint import load_checkpoint
from aiirmix.training.fit import fit
from tests.learners.models import make_learner, settings
from tests.marks import slow_but
from tests.toys import CreditGame, random_batch, small_spec, with_garbage
from tests.training.toy_runs import CREDIT_GAME, open_run, toy_config, train


class BrokenGame(CreditGame):
    """A game that shows or pays a bad number from one of its steps on."""

    def __init__(self, where, number, after, **game):
        super().__init__(**game)
        self.where, self.number, self.after, self.played = where, float(number), after, 0

    def step(self, actions, out=None):
        frame, outcome = super().step(actions, out)
        self.played += 1
        if self.played >= self.after:
            array = {"obs": frame.obs, "state": frame.state, "reward": outcome.reward}[self.where]
            array[~self.over] = self.number
            array[self.over & np.bool_(self.where == "reward")] = self.number
        return frame, outcome


def broken(where, number, after):
    """Return the configuration of a broken game."""
    return CREDIT_GAME | {"_target_": f"{__name__}.BrokenGame", "where": where, "number": number, "after": after}


def fails(path, *overrides, env=CREDIT_GAME):
    """Train a run that fails; return its directory and why."""
    config = toy_config(*overrides, env=env)
    directory = open_run(config, path)
    with pytest.raises(ConfigError, match=r"^the run diverged after env step \d+: [^\n]*$") as failure:
        fit(config, directory)
    return directory, str(failure.value)


def numbers_of(value):
    """Yield all numbers of a checkpoint."""
    if isinstance(value, torch.Tensor):
        if value.is_floating_point():
            yield value
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from numbers_of(part)


def assert_finite(directory: RunDirectory) -> None:
    state = load_checkpoint(directory.checkpoint_file)
    tensors = list(numbers_of([state["state_dict"], state["optimizer_states"]]))
    assert tensors
    assert all(tensor.isfinite().all() for tensor in tensors)
    # The network that was saved is not the one that diverged, either.
    assert max(tensor.abs().max() for tensor in tensors if tensor.numel()) < 1e6


RATES = [("qmix", "values"), ("aiir_mix", "actor"), ("aiir_mix", "critic"), ("aiir_mix", "rewards"), ("mappo", "actor")]


@pytest.mark.parametrize(("model", "optimiser"), slow_but([RATES[0], RATES[3]], RATES))
def test_a_learning_rate_without_measure_fails_in_a_line(tmp_path, model, optimiser):
    small = settings(model, **{"batch_size": 4, "replay.capacity": 40, "updates_per_episode": 0.5})
    overrides = (f"model={model}", *small, f"model.optimizers.{optimiser}.lr=1e30")
    directory, why = fails(tmp_path, *overrides)
    assert f"last good checkpoint is {directory.checkpoint_file}, of env step 0" in why
    assert optimiser in why
    assert_finite(directory)
    assert [row["env_steps"] for row in Table(directory.metrics_file).rows()] == ["0"]


@pytest.mark.parametrize(
    ("where", "number"),
    slow_but(
        [("obs", "nan"), ("state", "inf"), ("reward", "-inf")],
        product(("obs", "state", "reward"), ("nan", "inf", "-inf")),
    ),
)
def test_an_environment_that_returns_no_numbers_fails_in_a_line(tmp_path, where, number):
    directory, why = fails(tmp_path, env=broken(where, number, after=30))
    quantity = {"obs": "an observation is", "state": "a state is", "reward": "a reward is"}[where]
    assert quantity in why
    assert_finite(directory)
    rows = Table(directory.metrics_file).rows()
    assert all(math.isfinite(float(row["test/return"])) for row in rows)


def test_an_environment_that_is_broken_from_the_start_leaves_no_checkpoint(tmp_path):
    directory, why = fails(tmp_path, env=broken("obs", "nan", after=1))
    assert why.endswith("an observation is nan; there is no checkpoint")
    assert not directory.metrics_file.exists()


def test_an_environment_that_refuses_what_follows_from_nan_is_not_blamed(tmp_path, monkeypatch):
    """The policy cannot choose among NaN, and the environment refuses what it gets."""
    step = BrokenGame.step

    def refusing(game, actions, out=None):
        if game.played >= game.after:
            raise ValueError("an action is unavailable")
        return step(game, actions, out)

    monkeypatch.setattr(BrokenGame, "step", refusing)
    _, why = fails(tmp_path, env=broken("obs", "nan", after=32))
    assert "an observation is nan" in why


def test_a_failed_run_is_not_counted(tmp_path, caplog):
    root = tmp_path / "x" / "aiir_mix" / "toy"
    sound = [train(root / f"seed={seed}", "name=x", f"seed={seed}") for seed in range(2)]
    directory, why = fails(root / "seed=2", "name=x", "seed=2", "model.optimizers.actor.lr=1e30")
    directory.mark_failed(why)
    assert [run.seed for run in load(tmp_path / "x")] == list(range(len(sound)))
    assert [line for line in caplog.messages if line.startswith("not counted")] == [
        f"not counted, as it failed: {directory.path}: {why}"
    ]


def test_padding_may_hold_anything():
    batch = random_batch(small_spec())
    require_finite_episodes(with_garbage(batch, extra_steps=2))
    last = int(batch.lengths[0])
    for name, quantity in {"obs": "an observation", "state": "a state", "reward": "a reward"}.items():
        values = getattr(batch, name).clone()
        values[last - int(name == "reward"), 0] = torch.nan
        with pytest.raises(DivergedError, match=f"{quantity} is nan"):
            require_finite_episodes(replace(batch, **{name: values}))


@pytest.mark.parametrize("model", ["aiir_mix", "qmix", "mappo", "coma"])
def test_a_step_to_infinite_parameters_is_noticed_at_once(model):
    learner = make_learner(model, small_spec())
    for name in learner.optimizers_by_name:
        for group in learner.optimizers_by_name[name].param_groups:
            group["lr"] = group["initial_lr"] = float("inf")
        loss = sum(parameter.square().sum() for parameter in learner.parameters_of(name))
        with pytest.raises(DivergedError, match=f"the norm of the parameters of {name} is"):
            learner.descend(name, loss)
