"""Reduces the checkpoint of a run to what playing needs."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor, nn

from aiirmix.common.files import atomic_file
from aiirmix.data.collector import Collector, episode_seeds
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.evaluation.trained_run import LEFT_OUT, Trained
from aiirmix.runs.directory import RunDirectory
from aiirmix.training.checkpoint import load_checkpoint
from aiirmix.training.tensor_files import save_small


def _acted(trained: Trained) -> list[Tensor]:
    """Return actions and length of an episode."""
    batch = _played(trained)
    return [batch.lengths, batch.actions]


def _seen(trained: Trained) -> list[Tensor]:
    """Return actions, length, shaped rewards and the model's own measures of an episode."""
    batch = _played(trained)
    shaped = trained.learner.shaped_rewards(batch) or ()
    measures = trained.learner.evaluation_metrics(batch)
    return [batch.lengths, batch.actions, *(x for x in shaped if x is not None), *measures.values()]


def _played(trained: Trained) -> EpisodeBatch:
    seeds = episode_seeds(0, "fresh", 0, 1)
    return Collector(trained.env).collect(trained.learner.policy, seeds)


def unneeded_networks(trained: Trained, outcome: Callable[[Trained], list[Tensor]] = _seen) -> list[str]:
    """Return the networks without which an outcome stays as it was, by default all that can be seen of an episode.

    A network is needed if the outcome differs once its numbers are replaced by NaN. Nothing has to know which networks
    an algorithm plays with.
    """
    before = outcome(trained)
    unneeded = []
    for name, network in trained.learner.named_children():
        with _blanked(network):
            try:
                is_same = _are_equal(before, outcome(trained))
            except (
                ArithmeticError,
                IndexError,
                RuntimeError,
                ValueError,
            ):  # what NaN leads to where a number is needed
                is_same = False
        if is_same and network.state_dict():
            unneeded.append(name)
    return unneeded


def strip(trained: Trained, to: Path) -> list[str]:
    """Write a run directory that can play and no more: configuration, origin and the networks that are needed.

    Networks that only rewards and measures need are kept in half precision; what is played stays the same bit for bit.

    Returns:
        The networks that were left out.
    """
    left_out, not_acting = unneeded_networks(trained), unneeded_networks(trained, _acted)
    source, target = trained.directory, RunDirectory(to)
    target.checkpoints.mkdir(parents=True, exist_ok=True)
    for file in (source.config_file, source.path / "identity.json", source.provenance_file):
        shutil.copyfile(file, to / file.name)
    checkpoint = load_checkpoint(source.checkpoint_file)
    networks = {key: key.partition(".")[0] for key in checkpoint["state_dict"]}
    kept = {
        key: _halved(value) if networks[key] in not_acting else value
        for key, value in checkpoint["state_dict"].items()
        if networks[key] not in left_out
    }
    whole = {"state_dict": kept, "hyper_parameters": checkpoint["hyper_parameters"], LEFT_OUT: left_out}
    with atomic_file(target.checkpoint_file) as temporary:
        save_small(whole, temporary)
    return left_out


def _halved(value: Tensor) -> Tensor:
    """Return numbers in half precision, if they are floating-point numbers within its range."""
    half = value.half()
    return half if value.is_floating_point() and bool(half.isfinite().all()) else value


def _are_equal(some: list[Tensor], others: list[Tensor]) -> bool:
    return len(some) == len(others) and all(map(torch.equal, some, others))


@contextmanager
def _blanked(network: nn.Module) -> Iterator[None]:
    """Replace all numbers of a network by NaN, and restore them."""
    kept = {name: value.clone() for name, value in network.state_dict().items()}
    with torch.no_grad():
        for value in network.state_dict().values():
            value.fill_(float("nan") if value.is_floating_point() else 0)
    try:
        yield
    finally:
        network.load_state_dict(kept)
