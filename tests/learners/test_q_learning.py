"""IQL, VDN and QMIX: their loss, computed one cell at a time."""

import pytest
import torch

from tests.learners.models import make_learner
from tests.marks import slow
from tests.toys import as_double, random_batch, small_spec

SPEC = small_spec()
LENGTHS = (6, 4, 4, 2)


def make(model, *overrides):
    learner = make_learner(model, SPEC, "model.gamma=0.9", *overrides).double()
    # Targets that differ from the live networks, as they do between two copies.
    draw = torch.Generator().manual_seed(1)
    for target in (learner.agents_target, learner.value_mixer_target):
        for p in target.parameters():
            p.add_(0.1 * torch.randn(p.shape, generator=draw, dtype=torch.float64))
    return learner


def values_alone(learner, batch, b):
    """Return Q_taken [T, G] and the target networks' values of the best next actions [T + 1, G] of one episode."""
    alone = batch.select(torch.tensor([b]))
    timesteps = alone.timesteps
    q, q_target = learner.agents(timesteps), learner.agents_target(timesteps)
    best, taken = [], []
    for m in range(len(timesteps.state)):
        chosen, utilities = [], []
        for i in range(SPEC.n_agents):
            chooser = (q if learner.double_q else q_target)[m, i].tolist()
            legal = [a for a in range(SPEC.n_actions) if timesteps.avail[m, i, a]]
            chosen.append(q_target[m, i, max(legal, key=chooser.__getitem__)])
            utilities.append(q[m, i, max(int(timesteps.actions[m, i]), 0)])
        state = timesteps.state[m : m + 1]
        best.append(learner.value_mixer_target(torch.stack(chosen)[None], state)[0])
        taken.append(learner.value_mixer(torch.stack(utilities)[None], state)[0])
    return torch.stack(taken[:-1]), torch.stack(best).detach()


def returns_by_recursion(reward, best, terminated, gamma, lambda_, bootstrap):
    """Compute G_t of one episode, [T, G], from its end backwards."""
    steps, following, found = len(reward), torch.zeros_like(best[0]), []
    for t in reversed(range(steps)):
        if t == steps - 1:
            worth = best[steps] if bootstrap and not terminated else 0.0 * best[steps]
        else:
            worth = (1 - lambda_) * best[t + 1] + lambda_ * following
        following = reward[t] + gamma * worth
        found.append(following)
    return torch.stack(found[::-1])


def learnt_from(learner, batch):
    """Return the loss that an update descends, and its gradient."""
    noted = []

    def noting(name, loss):
        noted.extend([loss, torch.autograd.grad(loss, learner.parameters_of(name))])
        return torch.zeros(())

    learner.descend = noting
    learner.learn(batch)
    return noted


@pytest.mark.parametrize("model", ["qmix", *slow(["iql", "vdn"])])
@pytest.mark.parametrize("double_q", ["true", "false"])
@pytest.mark.parametrize(("lambda_", "bootstrap"), [(0.0, "false"), (0.6, "false"), (0.6, "true")])
def test_the_loss_against_brute_force(model, double_q, lambda_, bootstrap):
    settings = (f"model.double_q={double_q}", f"model.lambda_={lambda_}", f"model.bootstrap_on_truncation={bootstrap}")
    learner, batch = make(model, *settings), as_double(random_batch(SPEC, LENGTHS, seed=3))
    assert batch.terminated.any()
    assert not batch.terminated.all()
    errors = []
    for b, length in enumerate(LENGTHS):
        taken, best = values_alone(learner, batch, b)
        reward, terminated = batch.reward[:length, b], bool(batch.terminated[b])
        errors.append(taken - returns_by_recursion(reward, best, terminated, 0.9, lambda_, bootstrap == "true"))
    expected = torch.cat(errors).square().mean()
    loss, gradient = learnt_from(learner, batch)
    torch.testing.assert_close(loss, expected, rtol=1e-10, atol=0.0)
    by_hand = torch.autograd.grad(expected, learner.parameters_of("values"))
    torch.testing.assert_close(gradient, by_hand, rtol=1e-8, atol=1e-10)


def test_double_q_makes_a_difference():
    batch = as_double(random_batch(SPEC, LENGTHS))
    losses = [make("vdn", f"model.double_q={x}").learn(batch)["values/loss"].item() for x in ("true", "false")]
    assert losses[0] < losses[1]


def test_no_gradient_reaches_the_targets():
    learner = make("qmix")
    for target in (learner.agents_target, learner.value_mixer_target):
        assert not any(p.requires_grad for p in target.parameters())


def test_dead_agents_and_unavailable_actions_leave_no_infinity():
    batch = random_batch(SPEC)
    assert not batch.alive.all()
    assert all(metric.isfinite() for metric in make_learner("qmix", SPEC).learn(batch).values())
