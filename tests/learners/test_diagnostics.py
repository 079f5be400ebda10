"""Metrics of the reward parameters, on cases with known answers."""

import math

import pytest
import torch

from aiirmix.learners.base import Interval
from aiirmix.learners.diagnostics import (
    attention_by_type,
    intrinsic_by_type,
    meta_signal,
    mixer_metrics,
    policy_step,
)
from aiirmix.maths.masked import correlation
from aiirmix.nets.mixers import LinearMixer
from tests.learners.models import make_learner
from tests.toys import random_batch, small_spec

SPEC = small_spec()
ALIVE = torch.tensor([[True, True, True], [True, False, True]])


def numbers(metrics):
    return {name: value.item() for name, value in metrics.items()}


def test_intrinsic_rewards_are_split_by_type_without_the_dead():
    r_in = torch.tensor([[1.0, 5.0, 3.0], [2.0, 1e9, 6.0]])
    got = numbers(intrinsic_by_type(r_in, ALIVE, ("even", "odd", "even")))
    assert got["r_in/even/mean"] == pytest.approx(3.0)
    assert got["r_in/even/std"] == pytest.approx(math.sqrt(3.5))
    assert (got["r_in/odd/mean"], got["r_in/odd/std"]) == (5.0, 0.0)


def test_attention_is_split_by_type_without_the_dead_and_the_agents_themselves():
    """Two even agents and an odd one, which is dead at the second timestep."""
    weights = torch.tensor([[[0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.4, 0.2, 0.4]], [[0.3, 9.0, 0.7]] * 3])
    got = numbers(attention_by_type(weights, ALIVE, ("even", "odd", "even")))
    assert got == pytest.approx(
        {
            "attention/even_to_even": (0.2 + 0.4 + 0.7 + 0.3) / 4,
            "attention/even_to_odd": (0.3 + 0.2) / 2,
            "attention/odd_to_even": (0.1 + 0.1) / 2,
            "attention/odd_to_odd": 0.0,
        }
    )


def test_the_shape_of_a_linear_mixer_is_its_weight():
    got = numbers(mixer_metrics(LinearMixer(0.3), torch.zeros(2, 3), torch.ones(2), ALIVE))
    assert got["mixer/slope"] == got["mixer/slope_p05"] == got["mixer/slope_p95"] == pytest.approx(0.3)
    assert got["mixer/weight_of_extrinsic"] == 1.0
    assert got["mixer/offset_at_0"] == 0.0


def test_the_meta_signal_of_the_living():
    c = torch.tensor([[1.0, -1.0, 1.0], [-1.0, 1e9, 3.0]])
    got = numbers(meta_signal(c, ALIVE))
    assert got["meta/c_mean"] == pytest.approx(0.6)
    assert got["meta/c_rms"] == pytest.approx(math.sqrt(13 / 5))
    assert got["meta/c_mean_over_rms"] == pytest.approx(0.6 / math.sqrt(13 / 5))


def test_how_far_the_actors_moved():
    log_old = torch.zeros(2, 3)
    log_new = torch.tensor([0.5, 1.0, 2.0]).log().expand(2, 3)
    got = numbers(policy_step(log_new, log_old, {"w": torch.tensor([3.0, 4.0])}, {"w": torch.zeros(2)}, ALIVE))
    assert got == {"actor/step_norm": 5.0, "actor/ratio_min": 0.5, "actor/ratio_max": 2.0}


@pytest.mark.parametrize(("y", "expected"), [([2.0, 4.0, 6.0], 1.0), ([3.0, 2.0, 1.0], -1.0), ([1.0, 1.0, 1.0], 0.0)])
def test_correlation(y, expected):
    assert correlation(torch.tensor([1.0, 2.0, 3.0]), torch.tensor(y)).item() == pytest.approx(expected, abs=1e-6)


def diagnosed(model, *overrides):
    learner = make_learner(model, SPEC, *overrides)
    learner.update(random_batch(SPEC))
    return numbers(learner.interval.updates[0])


def test_uniform_attention_has_the_entropy_of_the_living():
    batch, got = random_batch(SPEC), diagnosed("aiir", "model/similarity=uniform")
    living = (
        batch.transitions.alive.sum(1, keepdim=True).expand_as(batch.transitions.alive)[batch.transitions.alive].float()
    )
    assert got["attention/entropy"] == pytest.approx(living.log().mean().item(), rel=1e-5)
    assert got["attention/self_weight"] == pytest.approx((1 / living).mean().item(), rel=1e-5)


def test_without_intrinsic_reward_the_total_is_the_extrinsic_reward():
    assert diagnosed("remap")["rewards/correlation_total_extrinsic"] == pytest.approx(1.0, abs=1e-5)


def test_the_fraction_of_living_agents():
    assert diagnosed("aiir")["rewards/fraction_alive"] == pytest.approx(
        random_batch(SPEC).transitions.alive.float().mean().item()
    )


@pytest.mark.parametrize(
    "model", ["aiir_mix", "random", "rnd", "counts", "curiosity", "aiir_redistributed", "liir_decomposed"]
)
def test_the_reward_of_every_source_is_logged_by_type(model):
    """By it the report tells an inert source from none; heads at zero move at the first update."""
    learner = make_learner(model, SPEC)
    learner.update(random_batch(SPEC))
    learner.interval = Interval()
    learner.update(random_batch(SPEC, seed=1))
    got = numbers(learner.interval.updates[0])
    assert got["r_in/even/mean"] != 0
    assert ("attention/entropy" in got) == model.startswith("aiir")


def test_without_a_source_r_in_is_zero():
    got = diagnosed("none")
    assert got["r_in/even/mean"] == got["r_in/even/std"] == got["r_in/odd/std"] == 0
