"""The base of every learner."""

from functools import partial

import pytest
import torch
from torch import nn

from aiirmix.common.errors import ConfigError
from aiirmix.learners.base import Interval, episode_metrics, seeded
from aiirmix.learners.schedules import Linear
from tests.learners.models import make_learner, parameters_of, printed
from tests.toys import random_batch, small_spec

SPEC = small_spec()


@pytest.mark.parametrize(("env_steps", "expected"), [(0, 0.5), (250, 0.4), (1000, 0.1), (5000, 0.1)])
def test_a_linear_schedule_is_a_straight_line_and_then_constant(env_steps, expected):
    assert Linear(0.5, 0.1, 1000)(env_steps) == pytest.approx(expected)


def test_a_schedule_over_no_steps_is_at_its_end():
    assert Linear(0.5, 0.1, 0)(0) == pytest.approx(0.1)


def make_layer():
    return nn.Linear(2, 2)


def weight(seed, component):
    return seeded(seed, component, make_layer).weight


def test_a_components_start_depends_on_the_seed_and_its_name():
    assert torch.equal(weight(0, "actor"), weight(0, "actor"))
    assert not torch.equal(weight(0, "actor"), weight(1, "actor"))
    assert not torch.equal(weight(0, "actor"), weight(0, "mixer"))


def test_making_a_component_leaves_the_global_random_numbers_alone():
    before = torch.random.get_rng_state()
    weight(0, "actor")
    assert torch.equal(torch.random.get_rng_state(), before)


def stepped(loss_scale, max_grad_norm):
    """Return the length of one step of plain gradient descent of the critic, and the reported norm."""
    learner = make_learner("none", SPEC)
    learner.max_grad_norm = max_grad_norm
    learner.add_optimizer("only", partial(torch.optim.SGD, lr=1.0), learner.agent_critic)
    before = parameters_of(learner, "agent_critic")
    norm = learner.descend("only", loss_scale * learner.agent_critic(random_batch(SPEC).transitions).sum())
    after = parameters_of(learner, "agent_critic")
    return torch.cat([(before[n] - after[n]).flatten() for n in before]).norm().item(), norm.item()


def test_a_step_is_no_longer_than_its_clip():
    moved, norm = stepped(100.0, max_grad_norm=0.5)
    assert moved == pytest.approx(0.5, rel=1e-4)
    assert norm > 10


def test_a_gradient_within_the_clip_is_left_alone():
    moved, norm = stepped(1.0, max_grad_norm=1e6)
    assert moved == pytest.approx(norm, rel=1e-4)


def test_steps_do_not_add_up_earlier_gradients():
    learner = make_learner("none", SPEC)
    learner.add_optimizer("only", partial(torch.optim.SGD, lr=0.0), learner.agent_critic)
    steps = random_batch(SPEC).transitions
    norms = [learner.descend("only", learner.agent_critic(steps).sum()).item() for _ in range(2)]
    assert norms[0] == norms[1]


def test_what_cannot_learn_gets_no_optimiser():
    assert "rewards" not in make_learner("none", SPEC).optimizers_by_name
    assert "rewards" not in make_learner("random", SPEC).optimizers_by_name


def test_what_was_played_is_counted():
    learner = make_learner(printed("none"), SPEC)
    for lengths in ((5, 3), (4,)):
        learner.update(random_batch(SPEC, lengths))
    assert (int(learner.env_steps), int(learner.episodes), int(learner.updates)) == (12, 3, 2)


def several(learner, count):
    """Let the learner make this many gradient updates of every batch."""

    def gradient_updates(batch):
        for _ in range(count):
            yield from type(learner).gradient_updates(learner, batch)

    learner.gradient_updates = gradient_updates
    return learner


@pytest.mark.parametrize("count", [0, 3])
def test_gradient_updates_are_counted_and_all_their_metrics_averaged(count):
    learner, batch = several(make_learner(printed("none"), SPEC), count), random_batch(SPEC)
    learner.update(batch)
    assert (int(learner.env_steps), int(learner.updates)) == (batch.env_steps, count)
    losses = [update["agent_critic/loss"] for update in learner.interval.updates]
    summary = learner.interval.summary()
    assert summary["train/return"] == pytest.approx(batch.returns.mean().item())
    assert len(losses) == count
    if losses:
        assert summary["agent_critic/loss"] == pytest.approx(sum(losses).item() / count)


HALVED = "+model.lr_schedules.actor={_target_: aiirmix.learners.schedules.Linear, start: 1.0, end: 0.5, steps: 20}"


def rates(learner):
    return {name: o.param_groups[0]["lr"] for name, o in learner.optimizers_by_name.items()}


def test_a_learning_rate_follows_its_schedule_and_others_stay():
    learner = make_learner("none", SPEC, HALVED)
    before = rates(learner)
    learner.update(random_batch(SPEC, lengths=(5, 5)))
    half_way = rates(learner)
    learner.update(random_batch(SPEC, lengths=(5, 5)))
    learner.update(random_batch(SPEC, lengths=(5, 5)))
    assert half_way == before | {"actor": pytest.approx(0.75 * before["actor"])}
    assert rates(learner) == before | {"actor": pytest.approx(0.5 * before["actor"])}


def test_a_schedule_for_an_optimiser_that_does_not_exist_is_refused():
    with pytest.raises(ConfigError, match="unknown optimiser in lr_schedules actr; did you mean actor"):
        make_learner("none", SPEC, HALVED.replace("actor=", "actr=")).configure_optimizers()


def test_an_interval_averages_each_metric_over_the_updates_that_report_it():
    updates = [{"a": torch.tensor(1.0), "b": torch.tensor(5.0)}, {"a": torch.tensor(3.0)}]
    assert Interval(updates).summary() == {"a": 2.0, "b": 5.0}


@pytest.mark.parametrize("model", ["aiir_mix", printed("aiir_mix")])
def test_only_the_first_batch_of_an_interval_is_diagnosed(model):
    learner, found = make_learner(model, SPEC), []
    for seed in range(2):
        before = len(learner.interval.updates)
        learner.update(random_batch(SPEC, seed=seed))
        found.append({name for metrics in learner.interval.updates[before:] for name in metrics})
    diagnostics = {"mixer/slope", "attention/entropy", "meta/c_rms", "r_in/even/mean"}
    assert diagnostics < found[0]
    assert not diagnostics & found[1]


def test_episode_metrics_by_hand():
    batch = random_batch(SPEC, lengths=(2, 1))
    batch.won[:] = torch.tensor([True, False])
    batch.reward[:] = torch.tensor([[1.0, 5.0], [2.0, 100.0]])
    metrics = {name: value.item() for name, value in episode_metrics("test", batch).items()}
    assert metrics == {"test/win_rate": 0.5, "test/return": 4.0, "test/episode_steps": 1.5}
