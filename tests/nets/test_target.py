"""Target networks: constant except at the updates at which they copy."""

import torch
from torch import nn

from aiirmix.nets.target import TargetNetwork

X = torch.ones(1, 2)


def after_updates(count, every=3):
    """Tell whether the target equals its source after each of `count` updates."""
    source = nn.Linear(2, 1)
    target = TargetNetwork(source, every)
    equal = []
    for _ in range(count):
        with torch.no_grad():
            source.weight.add_(1.0)
        target.follow(source)
        equal.append(torch.equal(target(X), source(X)))
    return equal


def test_a_target_starts_equal():
    source = nn.Linear(2, 1)
    assert torch.equal(TargetNetwork(source, 3)(X), source(X))


def test_a_target_equals_its_source_at_every_third_update_only():
    assert after_updates(7) == [False, False, True, False, False, True, False]


def test_a_target_copied_at_every_update_has_no_lag():
    assert after_updates(3, every=1) == [True, True, True]


def test_a_target_is_constant_between_copies():
    source = nn.Linear(2, 1)
    target = TargetNetwork(source, 3)
    before = target(X)
    with torch.no_grad():
        source.weight.add_(1.0)
    target.follow(source)
    assert torch.equal(target(X), before)


def test_a_target_carries_no_gradient_and_offers_nothing_to_train():
    target = TargetNetwork(nn.Linear(2, 1), 3)
    assert not target(X.requires_grad_()).requires_grad
    assert not any(p.requires_grad for p in target.parameters())


def test_a_restored_target_copies_when_the_original_would_have():
    source = nn.Linear(2, 1)
    original, restored = TargetNetwork(source, 3), TargetNetwork(nn.Linear(2, 1), 3)
    original.follow(source)
    original.follow(source)
    restored.load_state_dict(original.state_dict())
    with torch.no_grad():
        source.weight.add_(1.0)
    restored.follow(source)
    assert torch.equal(restored(X), source(X))
