"""Contradictions between the parts of a run are found before the first run of a sweep starts."""

from typing import Any

import pytest
import torch

from aiirmix.common.errors import ConfigError
from aiirmix.envs.credit import CreditTask
from aiirmix.launch.plan import plan
from aiirmix.launch.rehearsals import rehearse_runs
from aiirmix.training import rehearsal

pytestmark = pytest.mark.usefixtures("folder")

TINY = ["env=credit", "env_steps=5000", "name=x"]


def planned(*words):
    return plan([*TINY, *words], multirun=True)


@pytest.mark.parametrize(
    ("line", "run", "message"),
    [
        (
            "model=aiir_mix,rnd model.sources=2",
            "rnd,sources=2/8m",
            "the source does not learn by the meta-gradient",
        ),
        ("model=none model/intrinsic=oracle env=credit,matrix_game", "none,intrinsic=oracle/matrix_game", "model/intr"),
        (
            "model=none env=credit env.agents=2,0",
            "none/credit,agents=0",
            "agents of the credit task must be at",
        ),
        (
            "model=random model/intrinsic=random,oracle env=credit,matrix_game",
            "random,intrinsic=oracle/matrix_game",
            "model/intrinsic=oracle needs true contributions",
        ),
        ("model=mappo,none model.optimizers.actor.lr=0.1,-1", "mappo,optimizers.actor.lr=-1/8m", "ValueError: Inv"),
    ],
)
def test_a_sweep_with_a_contradiction_is_refused_in_one_line(type_in, folder, line, run, message):
    answer = type_in(f"-m {line} env_steps=5000 name=x")
    assert answer.err.startswith(f"error: runs/x/{run}/seed=0 cannot start: {message}")
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert list(folder.iterdir()) == []


def test_each_environment_is_built_once_and_each_model_with_each_kind(monkeypatch):
    built = list[dict[str, Any]]()
    monkeypatch.setattr(rehearsal, "rehearse", built.append)
    rehearse_runs(
        planned("model=none,liir,qmix", "env.agents=2,3", "seed=0,1")
        + planned("model=none,liir,qmix", "env=matrix_game", "seed=0,1")
    )
    assert [(one["model"]["_target_"].rpartition(".")[2], one["env"].get("agents"), one["seed"]) for one in built] == [
        ("ActorCritic", 2, 0),
        ("ActorCritic", 3, 0),
        ("ActorCritic", 2, 0),
        ("QLearner", 2, 0),
        ("ActorCritic", None, 0),
        ("ActorCritic", None, 0),
        ("QLearner", None, 0),
    ]


def test_a_run_that_has_begun_is_not_built_again(monkeypatch):
    runs = planned("model=none,liir")
    runs[0].directory.checkpoint_file.parent.mkdir(parents=True)
    runs[0].directory.checkpoint_file.touch()
    built = list[dict[str, Any]]()
    monkeypatch.setattr(rehearsal, "rehearse", built.append)
    rehearse_runs(runs)
    assert built == [runs[1].config]


def test_memory_that_is_missing_here_may_be_there_where_runs_are_played(monkeypatch):
    def need_much(config):
        raise MemoryError

    monkeypatch.setattr(rehearsal, "rehearse", need_much)
    rehearse_runs(planned("model=qmix"))


class Elsewhere:
    """An environment that exists only where runs are played."""

    def __init__(self):
        raise AssertionError


def test_an_environment_that_may_exist_only_elsewhere_is_not_built():
    (run,) = planned("model=none")
    run.config["env"] = {"_target_": f"{__name__}.Elsewhere"}
    rehearse_runs([run])
    run.config["env"]["_target_"] = "aiirmix.envs.matrix_game.MatrixGame"
    with pytest.raises(ConfigError, match=r"seed=0 cannot start: TypeError: .*payoff"):
        rehearse_runs([run])


def made_by_a_function():
    raise AssertionError


class Derived(CreditTask):
    """It may need more than its base."""


@pytest.mark.parametrize(
    "target", [f"{__name__}.made_by_a_function", f"{__name__}.Derived", f"{__package__}.needs_a_package.Env"]
)
def test_a_function_a_derived_class_and_what_cannot_be_imported_here_are_not_built(target):
    (run,) = planned("model=none")
    run.config["env"]["_target_"] = target
    rehearse_runs([run])


def test_building_draws_nothing_from_the_random_numbers_of_runs():
    before = torch.get_rng_state()
    rehearse_runs(planned("model=aiir_mix"))
    assert torch.equal(torch.get_rng_state(), before)
