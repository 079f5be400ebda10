"""QTRAN's losses: which networks they train, and their values."""

import pytest
import torch

from aiirmix.learners.qtran import QtranAlt
from tests.learners.models import SPEC, make_double
from tests.toys import as_double, random_batch

MODELS = ["qtran", "qtran_alt"]
EVERY_MODEL = pytest.mark.parametrize("model", MODELS)


def taught(learner, loss):
    """Return the networks that a loss has a gradient for."""
    names = dict(learner.named_parameters())
    trained = {n: p for n, p in names.items() if p.requires_grad}
    gradients = torch.autograd.grad(loss, list(trained.values()), allow_unused=True, retain_graph=True)
    return {name.split(".")[0] for name, g in zip(trained, gradients, strict=True) if g is not None and g.any()}


@EVERY_MODEL
@pytest.mark.parametrize(("detach", "by_td"), [("false", {"agents", "joint"}), ("true", {"joint"})])
def test_which_networks_each_loss_trains(model, detach, by_td):
    learner = make_double(model, f"model.detach_hidden={detach}")
    losses = learner.losses(as_double(random_batch(SPEC, (6, 4, 3, 2))))
    assert taught(learner, losses["td"]) == by_td
    assert taught(learner, losses["opt"]) == {"agents", "state_value"}
    assert taught(learner, losses["nopt"]) == {"agents", "state_value"}


@EVERY_MODEL
def test_the_td_loss_trains_the_recurrent_cell_but_not_the_decoder(model):
    learner = make_double(model)
    loss = learner.losses(as_double(random_batch(SPEC)))["td"]
    net = learner.agents.networks[0]
    cell, decode = torch.autograd.grad(loss, [net.cell.weight_hh, net.decode.weight], materialize_grads=True)
    assert cell.any()
    assert not decode.any()


@pytest.mark.parametrize(("model", "values"), [("qtran", 1), ("qtran_alt", SPEC.n_agents)])
def test_how_many_joint_values_there_are(model, values):
    learner, timesteps = make_double(model), as_double(random_batch(SPEC)).timesteps
    _, hidden = learner.agents.unroll(timesteps)
    assert learner.joint(hidden, timesteps.actions, timesteps.state).shape == (len(timesteps.state), values)


def test_an_agents_alternatives_depend_on_the_others_actions_and_not_on_its_own():
    learner, timesteps = make_double("qtran_alt"), as_double(random_batch(SPEC)).transitions
    _, hidden = learner.agents.unroll(timesteps)
    changed = timesteps.actions.clone()
    changed[:, 0] = (changed[:, 0] + 1) % SPEC.n_actions
    before, after = (learner.joint.alternatives(hidden, u, timesteps.state) for u in (timesteps.actions, changed))
    torch.testing.assert_close(before[:, 0], after[:, 0], rtol=0, atol=1e-12)
    assert not torch.allclose(before[:, 1], after[:, 1])


@EVERY_MODEL
def test_a_joint_value_belongs_to_its_own_agents_hidden_states(model):
    """Hidden states of other agents or timesteps would give another value: rows are not mixed up."""
    learner, batch = make_double(model), as_double(random_batch(SPEC, (4, 3)))
    _, hidden = learner.agents.unroll(batch.timesteps)
    alone = batch.select(torch.tensor([1]))
    _, own = learner.agents.unroll(alone.timesteps)
    rows = [0 + 1, 2 + 1, 4 + 1, 6 + 1]
    together = learner.joint(hidden, batch.timesteps.actions, batch.timesteps.state)[rows]
    torch.testing.assert_close(together, learner.joint(own, alone.timesteps.actions, alone.timesteps.state))


def with_other_targets(learner):
    """Let the target networks differ from the live ones, as they do between two copies."""
    draw = torch.Generator().manual_seed(1)
    for target in (learner.agents_target, learner.joint_target):
        for p in target.parameters():
            p.add_(0.1 * torch.randn(p.shape, generator=draw, dtype=torch.float64))
    return learner


def best_of(utilities, avail):
    """Return each agent's best available action, [1, N]."""
    legal = [[a for a in range(SPEC.n_actions) if row[a]] for row in avail]
    return torch.tensor([[max(own, key=row.__getitem__) for own, row in zip(legal, utilities.tolist(), strict=True)]])


def gap(learner, q, hidden, state, actions):
    """Return D(u), [1, G]: one for the team, or one for each agent."""
    q_sum = sum(q[i, actions[0, i]] for i in range(SPEC.n_agents))
    return q_sum - learner.joint(hidden, actions, state).detach() + learner.state_value(state)


def least_gap(learner, q, hidden, state, actions, avail, agent):
    """Return the least D over an agent's available actions, by its own joint value."""
    found = []
    for a in avail[agent].nonzero():
        other = actions.clone()
        other[0, agent] = a
        found.append(gap(learner, q, hidden, state, other)[0, agent])
    return torch.stack(found).min()


def losses_alone(learner, batch, b):
    """Return one episode's terms of the three losses, a transition at a time, from the last to the first."""
    alone = batch.select(torch.tensor([b]))
    found: dict[str, list[torch.Tensor]] = {"td": [], "opt": [], "nopt": []}
    timesteps = alone.timesteps
    (q, hidden), (q_bar, hidden_bar) = (net.unroll(timesteps) for net in (learner.agents, learner.agents_target.copy))
    target = torch.zeros(())
    for m in reversed(range(len(timesteps.state) - 1)):
        state, after = timesteps.state[m : m + 1], timesteps.state[m + 1 : m + 2]
        best_after = best_of((q if learner.double_q else q_bar)[m + 1], timesteps.avail[m + 1])
        worth = learner.joint_target(hidden_bar[m + 1 : m + 2], best_after, after)
        later = (1 - learner.lambda_) * worth + learner.lambda_ * target
        target = alone.reward[m, 0] + 0.9 * later * float(m + 2 < len(timesteps.state))
        here, taken = hidden[m : m + 1], timesteps.actions[m : m + 1]
        best = best_of(q[m], timesteps.avail[m])
        found["td"].append((learner.joint(here, taken, state) - target).square().flatten())
        found["opt"].append(gap(learner, q[m], here, state, best).square().flatten())
        if isinstance(learner, QtranAlt):
            avail = timesteps.avail[m]
            choosing = [i for i in range(SPEC.n_agents) if avail[i].sum() > 1]
            least = [least_gap(learner, q[m], here, state, taken, avail, i) for i in choosing]
            found["nopt"] += [one[None].square() for one in least]
        else:
            found["nopt"].append(gap(learner, q[m], here, state, taken).clamp_max(0.0).square().flatten())
    return found


@EVERY_MODEL
@pytest.mark.parametrize("switch", ["double_q=true", "double_q=false", "lambda_=0.0"])
def test_the_losses_and_their_gradients_against_brute_force(model, switch):
    learner = with_other_targets(make_double(model, "model.gamma=0.9", f"model.{switch}"))
    batch = as_double(random_batch(SPEC, (4, 3, 3, 1), seed=3))
    parts, losses = [losses_alone(learner, batch, b) for b in range(4)], learner.losses(batch)
    for name, loss in losses.items():
        expected = torch.cat([cell for part in parts for cell in part[name]]).mean()
        torch.testing.assert_close(loss, expected, rtol=1e-10, atol=1e-12)
        gradients = [
            torch.autograd.grad(x, learner.parameters_of("values"), retain_graph=True, materialize_grads=True)
            for x in (loss, expected)
        ]
        torch.testing.assert_close(*gradients, rtol=1e-8, atol=1e-10)
