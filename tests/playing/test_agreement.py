"""Whether agents and team agree: always if the joint value is monotonic in the utilities, else not by itself."""

import pytest
import torch

from aiirmix.playing.agreement import agreement, command
from tests.learners.models import make_learner
from tests.toys import random_batch, small_spec
from tests.training.toy_runs import train


def agreement_of(model, change=lambda learner: None):
    learner = make_learner(model, small_spec())
    change(learner)
    return agreement(learner, random_batch(small_spec()).steps)


def contradict(learner):
    """Every utility is what it was with another sign, and the joint value is left as it is."""
    with torch.no_grad():
        for parameter in learner.agents.networks[0].decode.parameters():
            parameter.neg_()


@pytest.mark.parametrize("model", ["iql", "vdn", "qmix"])
def test_monotonic_values_agree_whatever_was_learnt(model):
    assert agreement_of(model) == agreement_of(model, contradict) == 1.0


@pytest.mark.parametrize("model", ["qtran", "qtran_alt"])
def test_an_untrained_joint_value_of_qtran_agrees_now_and_then(model):
    before, after = agreement_of(model), agreement_of(model, contradict)
    assert 0.0 < before < 1.0
    assert before != after


def test_agents_who_do_what_the_joint_value_says_agree():
    """By hand: Q_jt pays for the sum of the actions' numbers, so that the last available action is the best."""

    def pay_for_the_sum(learner):
        learner.joint_values = lambda at, actions: actions.sum(1, keepdim=True).float()

    def prefer_the_last(learner):
        pay_for_the_sum(learner)
        learner.agents.forward = lambda at: torch.arange(4.0).expand(at.avail.shape)

    assert agreement_of("qtran", prefer_the_last) == 1.0
    assert agreement_of("qtran", pay_for_the_sum) < 1.0


def test_the_command_says_how_a_run_does_and_refuses_models_without_values(tmp_path, capsys):
    values = train(tmp_path / "name" / "qmix" / "credit" / "seed=0", "model=qmix", "env_steps=100")
    policy = train(tmp_path / "name" / "coma" / "credit" / "seed=0", "model=coma", "env_steps=100")
    assert command([str(values.path), "--episodes", "3"]) == 0
    assert "1.00 of the choices agree" in capsys.readouterr().out
    assert command([str(policy.path)]) == 2
    assert "coma is not a value-based model" in capsys.readouterr().err
