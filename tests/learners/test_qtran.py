"""Which of QTRAN's losses teaches what."""

import pytest
import torch

from tests.learners.models import make_learner
from tests.toys import as_double, random_batch, small_spec

SPEC = small_spec()
MODELS = ["qtran", "qtran_alt"]
EVERY_MODEL = pytest.mark.parametrize("model", MODELS)


def make(model, *overrides):
    return make_learner(model, SPEC, *overrides).double()


def taught(learner, loss):
    """The networks that a loss has a gradient for."""
    names = dict(learner.named_parameters())
    trained = {n: p for n, p in names.items() if p.requires_grad}
    gradients = torch.autograd.grad(loss, list(trained.values()), allow_unused=True, retain_graph=True)
    return {name.split(".")[0] for name, g in zip(trained, gradients, strict=True) if g is not None and g.any()}


@EVERY_MODEL
@pytest.mark.parametrize(("detach", "by_td"), [("false", {"agents", "joint"}), ("true", {"joint"})])
def test_what_each_loss_teaches(model, detach, by_td):
    learner = make(model, f"model.detach_memories={detach}")
    losses = learner.losses(as_double(random_batch(SPEC, (6, 4, 3, 2))))
    assert taught(learner, losses["td"]) == by_td
    assert taught(learner, losses["opt"]) == {"agents", "state_value"}
    assert taught(learner, losses["nopt"]) == {"agents", "state_value"}


@EVERY_MODEL
def test_the_td_loss_teaches_the_memories_but_not_what_is_read_from_them(model):
    learner = make(model)
    loss = learner.losses(as_double(random_batch(SPEC)))["td"]
    net = learner.agents.networks[0]
    cell, decode = torch.autograd.grad(loss, [net.cell.weight_hh, net.decode.weight], materialize_grads=True)
    assert cell.any()
    assert not decode.any()


@pytest.mark.parametrize(("model", "values"), [("qtran", 1), ("qtran_alt", SPEC.n_agents)])
def test_how_many_joint_values_there_are(model, values):
    learner, moments = make(model), as_double(random_batch(SPEC)).moments
    _, memories = learner.agents.unroll(moments)
    assert learner.joint(memories, moments.actions, moments.state).shape == (len(moments.state), values)


def test_an_agents_alternatives_do_not_depend_on_what_it_did_but_on_what_the_others_did():
    learner, moments = make("qtran_alt"), as_double(random_batch(SPEC)).steps
    _, memories = learner.agents.unroll(moments)
    changed = moments.actions.clone()
    changed[:, 0] = (changed[:, 0] + 1) % SPEC.n_actions
    before, after = (learner.joint.alternatives(memories, u, moments.state) for u in (moments.actions, changed))
    torch.testing.assert_close(before[:, 0], after[:, 0], rtol=0, atol=1e-12)
    assert not torch.allclose(before[:, 1], after[:, 1])


@EVERY_MODEL
def test_a_joint_value_belongs_to_its_own_agents_memories(model):
    """Memories of other agents or moments in its place would give another value: rows are not mixed up."""
    learner, batch = make(model), as_double(random_batch(SPEC, (4, 3)))
    _, memories = learner.agents.unroll(batch.moments)
    alone = batch.select(torch.tensor([1]))
    _, own = learner.agents.unroll(alone.moments)
    rows = [0 + 1, 2 + 1, 4 + 1, 6 + 1]
    together = learner.joint(memories, batch.moments.actions, batch.moments.state)[rows]
    torch.testing.assert_close(together, learner.joint(own, alone.moments.actions, alone.moments.state))
