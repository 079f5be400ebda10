"""Sources that pay for what is new: whom they pay, what they learn, and what they remember."""

import math
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
import torch

from aiirmix.common.errors import ConfigError
from aiirmix.nets.counts import CountReward
from aiirmix.nets.curiosity import CuriosityReward
from aiirmix.nets.novelty import lives_on
from aiirmix.nets.rnd import RndReward
from tests.toys import random_batch, small_spec

SPEC = small_spec()
BATCH = random_batch(SPEC)
COMMON: dict[str, Any] = {"decay": 0.9, "gamma": 0.99, "centre": False}


def rnd(**changes):
    torch.manual_seed(0)
    settings = {"inputs": ["obs"], "hidden": [8], "predictor_hidden": [8, 8], "features": 4, "clip": 5.0}
    return RndReward(SPEC, **COMMON | settings | changes)


def curiosity(**changes):
    torch.manual_seed(0)
    settings = {"inputs": ["obs"], "hidden": [8], "features": 4, "forward_fraction": 0.2, "detach_target": False}
    return CuriosityReward(SPEC, **COMMON | settings | changes)


def counts(**changes):
    torch.manual_seed(0)
    return CountReward(SPEC, **{"bits": 12, "per_agent": False, "centre": False} | changes)


def repeated(times, obs=1.0):
    """Return episodes of one step in which every agent sees and does the same."""
    batch = random_batch(SPEC, (1,) * times)
    return replace(
        batch,
        obs=torch.full_like(batch.obs, obs),
        alive=torch.ones_like(batch.alive),
        avail=torch.ones_like(batch.avail),
        actions=torch.zeros_like(batch.actions),
    )


def descend(source, batch, steps, lr=1e-2):
    optimizer = torch.optim.Adam([p for p in source.parameters() if p.requires_grad], lr)
    for _ in range(steps):
        for loss in source.losses(batch):
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


@pytest.mark.parametrize("make", [rnd, curiosity])
def test_whoever_is_dead_before_or_after_is_not_paid_and_teaches_nothing(make):
    source = make()
    source.observe(BATCH)
    living = lives_on(BATCH)
    dying = BATCH.transitions.alive & ~living
    assert dying.any()
    assert not source.from_episodes(BATCH)[~living].any()
    assert (source.from_episodes(BATCH)[living] > 0).all()
    nobody = replace(BATCH, alive=torch.zeros_like(BATCH.alive))
    [loss] = source.losses(nobody)
    learning = [p for p in source.parameters() if p.requires_grad]
    assert all(not g.any() for g in torch.autograd.grad(loss, learning, materialize_grads=True))


@pytest.mark.parametrize("make", [rnd, curiosity, counts])
def test_before_and_after_a_batch_without_anyone_alive_all_stays_finite(make):
    source, nobody = make(), replace(BATCH, alive=torch.zeros_like(BATCH.alive))
    before = deepcopy(source.state_dict())
    source.observe(nobody)
    assert all(torch.equal(x, before[name]) for name, x in source.state_dict().items())
    assert not source.from_episodes(nobody).any()


def test_what_was_learnt_is_no_longer_new_and_the_random_network_stays():
    source, seen, unseen = rnd(decay=1.0), repeated(4), repeated(4, obs=-1.0)
    frozen = deepcopy(source.target.state_dict())
    before = source.errors(seen).mean()
    descend(source, seen, 200)
    assert source.errors(seen).mean() < 0.01 * before
    assert source.errors(seen).mean() < 0.01 * source.errors(unseen).mean()
    assert all(torch.equal(x, frozen[name]) for name, x in source.target.state_dict().items())
    assert not any(p.requires_grad for p in source.target.parameters())


def test_distillation_looks_at_what_follows():
    source = rnd()
    moved = replace(BATCH, obs=torch.cat([BATCH.obs[:1] + 1.0, BATCH.obs[1:]]))
    assert torch.equal(source.from_episodes(moved), source.from_episodes(BATCH))


def test_with_the_id_what_one_agent_has_learnt_is_still_new_to_another():
    source, seen = rnd(decay=1.0, inputs=["obs", "id"]), repeated(4)
    alone = torch.zeros_like(seen.alive)
    alone[..., 0] = True
    descend(source, replace(seen, alive=alone), 200)
    errors = source.errors(seen).mean(0)
    assert errors[0] < 0.1 * errors[1:].min()


def test_inputs_are_normalised_and_clipped():
    source = rnd(clip=2.0)
    for _ in range(3):
        source.observe(BATCH)
    far = replace(BATCH, obs=BATCH.obs + 1e3)
    farther = replace(BATCH, obs=BATCH.obs + 1e6)
    assert torch.equal(source.errors(far), source.errors(farther))


@pytest.mark.parametrize("make", [rnd, curiosity])
def test_the_scale_of_the_bonus_drops_out(make):
    batch, rewards = BATCH, []
    for factor in (1.0, 1e-3):
        source = make(decay=0.0)
        errors = source.errors
        source.errors = lambda b, e=errors, f=factor: f * e(b)
        source.observe(batch)
        rewards.append(source.from_episodes(batch))
    torch.testing.assert_close(*rewards, rtol=1e-3, atol=1e-5)


def test_curiosity_prefers_what_it_cannot_predict():
    source, seen, unseen = curiosity(), repeated(4), random_batch(SPEC, (4, 4), seed=3)
    descend(source, seen, 200)
    assert source.errors(seen).mean() < 0.01 * source.errors(unseen)[lives_on(unseen)].mean()


def test_the_losses_of_curiosity_by_hand():
    share, batch, living = 0.3, BATCH, lives_on(BATCH)
    source = curiosity(forward_fraction=share)
    steps, after = batch.transitions, batch.after
    before, following = source.encoder(steps), source.encoder(after)
    surprises, squares = [], []
    for m, i in living.nonzero().tolist():
        logits = source.inverse(torch.cat([before[m, i], following[m, i]]))
        options = steps.avail[m, i].nonzero().flatten().tolist()
        chances = torch.softmax(logits[options], 0)
        surprises.append(-chances[options.index(int(steps.actions[m, i]))].log())
        action = torch.eye(SPEC.n_actions)[steps.actions[m, i]]
        predicted = source.dynamics(torch.cat([before[m, i], action]))
        squares.append((predicted - following[m, i]).square().sum() / 2)
    expected = (1 - share) * torch.stack(surprises).mean() + share * torch.stack(squares).mean()
    assert source.loss(batch).item() == pytest.approx(expected.item(), rel=1e-5)


@pytest.mark.parametrize("detached", [True, False])
def test_a_detached_target_does_not_pull_the_encoder(detached):
    source = curiosity(forward_fraction=1.0, detach_target=detached)
    gradients = []
    for later in (BATCH, replace(BATCH, obs=torch.cat([BATCH.obs[:1], 2 * BATCH.obs[1:]]))):
        steps = replace(later, lengths=later.lengths)
        loss = source._errors(steps, source.encoder(BATCH.transitions).detach(), source.encoder(steps.after)).sum()
        gradients.append(
            [g.any() for g in torch.autograd.grad(loss, source.encoder.parameters(), materialize_grads=True)]
        )
    assert all(any(g) != detached for g in gradients)


def test_a_visit_is_worth_less_each_time_and_a_batch_counts_at_once():
    one_by_one = counts()
    found = []
    for _ in range(4):
        one_by_one.observe(alone(repeated(1)))
        found.append(one_by_one.from_episodes(alone(repeated(1)))[0, 0].item())
    assert found == pytest.approx([1, 2**-0.5, 3**-0.5, 0.5])
    at_once = counts()
    at_once.observe(alone(repeated(4)))
    assert at_once.from_episodes(alone(repeated(4)))[:, 0].tolist() == pytest.approx([0.5] * 4)


def alone(batch):
    """Return the episodes with only the first agent alive."""
    alive = torch.zeros_like(batch.alive)
    alive[..., 0] = True
    return replace(batch, alive=alive)


def test_agents_share_a_table_or_have_one_each():
    for per_agent, visits in ((False, 3), (True, 1)):
        source = counts(per_agent=per_agent)
        source.observe(repeated(1))
        assert source.from_episodes(repeated(1))[0].tolist() == pytest.approx([visits**-0.5] * 3)


def test_counting_goes_on_from_a_saved_state():
    through, first, second = counts(), counts(), counts()
    for source in (through, first):
        source.observe(BATCH)
    second.load_state_dict(first.state_dict())
    for source in (through, second):
        source.observe(BATCH)
    assert torch.equal(through.from_episodes(BATCH), second.from_episodes(BATCH))


def test_the_fraction_of_first_visits_falls_to_0():
    source = counts(bits=20)
    first, again = (source.observe(BATCH)["source/first_visits"].item() for _ in range(2))
    assert first > 0.5
    assert again == 0.0


@pytest.mark.parametrize("bits", [0, 25])
def test_a_table_that_is_too_small_or_too_large_is_refused(bits):
    with pytest.raises(ConfigError, match=rf"^model\.intrinsic\.bits must be from 1 to 24, not {bits}$"):
        counts(bits=bits)


def test_curiosity_needs_a_hidden_layer():
    with pytest.raises(ConfigError, match=r"^model\.intrinsic\.hidden must have at least one width$"):
        curiosity(hidden=[])


def test_a_network_must_have_inputs():
    with pytest.raises(ConfigError, match=r"^the inputs of a network must be at least one of obs, "):
        rnd(inputs=[])


def test_the_limit_is_of_all_tables_together():
    agents = SPEC.n_agents
    most = 24 - math.ceil(math.log2(agents))
    with pytest.raises(ConfigError, match=rf"^model\.intrinsic\.bits must be from 1 to {most}, not {most + 1}$"):
        counts(bits=most + 1, per_agent=True)
