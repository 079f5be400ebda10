from itertools import product

import pytest
import torch

from aiirmix.nets.value_mixers import NoValueMixer, QmixValueMixer, VdnValueMixer
from tests.toys import small_spec

SPEC = small_spec(agents=3, actions=4)


def make_qmix(seed, hyper_hidden=(5,)):
    torch.manual_seed(seed)
    return QmixValueMixer(SPEC, hidden=6, hyper_hidden=hyper_hidden).double()


def random_inputs(rows=50):
    draw = torch.Generator().manual_seed(0)
    return [3 * torch.randn(rows, width, generator=draw, dtype=torch.float64) for width in (3, SPEC.state_dim)]


@pytest.mark.parametrize("hyper_hidden", [(), (5,)])
def test_qmix_never_falls_when_a_utility_rises(hyper_hidden):
    q, state = random_inputs()
    q.requires_grad_()
    slopes = torch.autograd.grad(make_qmix(1, hyper_hidden)(q, state).sum(), q)[0]
    assert (slopes >= 0).all()
    assert slopes.std(0).min() > 0.01


@pytest.mark.parametrize("seed", range(5))
def test_agents_that_are_greedy_alone_are_greedy_together(seed):
    mixer, state = make_qmix(seed), random_inputs(rows=1)[1]
    q = torch.randn(3, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    joint = list(product(range(4), repeat=3))
    utilities = torch.stack([q[torch.arange(3), torch.tensor(u)] for u in joint])
    totals = mixer(utilities, state.expand(len(joint), -1)).squeeze(1)
    assert joint[int(totals.argmax())] == tuple(q.argmax(1).tolist())


def test_qmix_depends_on_the_state():
    q, state = random_inputs(rows=2)
    assert not torch.equal(*make_qmix(0)(q[:1].expand(2, -1), state))


def test_vdn_adds_and_no_mixer_does_nothing():
    q, state = random_inputs()
    assert torch.equal(VdnValueMixer(SPEC)(q, state), q.sum(1, keepdim=True))
    assert torch.equal(NoValueMixer(SPEC)(q, state), q)
