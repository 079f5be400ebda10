"""A batch that the next one judges (`model/meta_data=next`)."""

import io
from copy import deepcopy
from functools import partial

import pytest
import torch

from tests.learners.models import make_learner, parameters_of, printed, with_sgd
from tests.toys import as_double, random_batch, small_spec

SPEC = small_spec()
NEXT = "model/meta_data=next"
CLIPPED = ("model/update=clipped", "model.update.epochs=2", "model.update.minibatches=2")


def make_batch(seed):
    return as_double(random_batch(SPEC, lengths=(6, 4, 4, 2), seed=seed, epsilon=0.1))


def make(*overrides):
    learner = with_sgd(make_learner(printed("liir"), SPEC, NEXT, *overrides).double(), actor=0.3, rewards=0.01)
    learner.add_optimizer("extrinsic_critic", partial(torch.optim.SGD, lr=0.0), learner.extrinsic_critic)
    return learner


def reward_parameters(learner):
    return parameters_of(learner, "intrinsic", "mixer")


def theta_of(learner):
    return {name: p.detach().clone().requires_grad_() for name, p in learner.actor.named_parameters()}


def captured_credit(learner):
    """Return a list to which the reward parameters' loss appends the c that it gets."""
    seen, surrogate = [], learner.meta.surrogate

    def spy(c, *others):
        seen.append(c)
        return surrogate(c, *others)

    object.__setattr__(learner.meta, "surrogate", spy)
    return seen


def test_c_is_the_gradient_of_the_next_batchs_objective_times_that_of_the_judged_action():
    """Computed sample by sample in reverse mode; at π_old = π_θ' the gradient of ρ is that of log π."""
    learner, judged, judging = make(), make_batch(0), make_batch(1)
    theta, seen = theta_of(learner), captured_credit(learner)
    learner.update(judged)
    after = theta_of(learner)
    extrinsic = judging.transitions.packing.pack(learner.assess(judging).rollout.extrinsic)
    objective = (learner.log_probability(judging, after) * extrinsic)[judging.transitions.alive].mean()
    v = torch.autograd.grad(objective, list(after.values()))
    learner.update(judging)
    log_probability, alive = learner.log_probability(judged, theta), judged.transitions.alive
    for row, agent in alive.nonzero():
        one = torch.autograd.grad(log_probability[row, agent], list(theta.values()), retain_graph=True)
        expected = sum((a * b).sum() for a, b in zip(one, v, strict=True))
        torch.testing.assert_close(seen[0][row, agent], expected, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("overrides", [(), CLIPPED, ("model/meta=regress_advantage",), ("model.sources=2",)])
def test_the_reward_parameters_learn_from_a_batch_when_the_next_has_been_played(overrides):
    learner = make(*overrides)
    start = reward_parameters(learner)
    learner.update(make_batch(0))
    waited = reward_parameters(learner)
    learner.update(make_batch(1))
    learnt = reward_parameters(learner)
    assert all(torch.equal(start[name], waited[name]) for name in start)
    assert any(not torch.equal(start[name], learnt[name]) for name in start)
    reports = learner.interval.updates
    assert "rewards/grad_norm" not in reports[0]
    assert sum("rewards/grad_norm" in report for report in reports) == 1


@pytest.mark.parametrize("meta", ["exact", "regress_advantage"])
def test_costly_metrics_are_those_of_the_batch_that_asked_for_them(meta):
    """The first batch of an interval is judged by the second, which itself asks for none."""
    learner = make(f"model/meta={meta}")
    for seed in range(3):
        learner.update(make_batch(seed))
    assert ["meta/c_rms" in report for report in learner.interval.updates] == [False, True, False]


@pytest.mark.parametrize("overrides", [(), CLIPPED, ("model/preconditioner=optimizer",)])
def test_a_checkpoint_keeps_the_batch_that_waits(overrides):
    uncut, resumed = (make_learner(printed("liir"), SPEC, NEXT, *overrides).double() for _ in range(2))
    uncut.update(make_batch(0))
    file, checkpoint = io.BytesIO(), dict[str, object]()
    uncut.on_save_checkpoint(checkpoint)
    torch.save(checkpoint, file)
    file.seek(0)
    resumed.load_state_dict(uncut.state_dict())
    for name, optimizer in uncut.optimizers_by_name.items():
        resumed.optimizers_by_name[name].load_state_dict(deepcopy(optimizer.state_dict()))
    resumed.on_load_checkpoint(torch.load(file, weights_only=True))
    for learner in (uncut, resumed):
        learner.interval.updates.append({})
        learner.update(make_batch(1))
    assert all(map(torch.equal, parameters_of(uncut).values(), parameters_of(resumed).values()))


def test_the_very_batch_as_judge_gives_the_credit_that_it_gives_itself():
    """After a vanishing step ρ = 1 either way, so that only the judge's own episodes count."""
    found = []
    for data in ("same", "next"):
        learner = make(f"model/meta_data={data}")
        learner.add_optimizer("actor", partial(torch.optim.SGD, lr=1e-9), learner.actor)
        seen = captured_credit(learner)
        for _ in range(2):
            learner.update(make_batch(0))
        found.append(seen[0])
    torch.testing.assert_close(found[0], found[1], rtol=1e-5, atol=1e-9)
