"""A trained model as a policy for any program that provides observations and masks."""

import os
import warnings
from copy import copy
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from aiirmix.common.errors import ConfigError, unknown
from aiirmix.data.collector import Policy
from aiirmix.data.packing import NO_ACTION
from aiirmix.envs.protocol import EnvSpec
from aiirmix.evaluation.pretrained import find_pretrained, pretrained_names
from aiirmix.evaluation.trained_run import load_trained
from aiirmix.maths.q_values import best_actions
from aiirmix.runs.directory import RunDirectory

SIZES = ("n_agents", "n_actions", "obs_dim")
"""What a policy and the environment that it plays must have in common."""


class TrainedPolicy:
    """Acts greedily on the processor, each agent from its own observations and hidden state.

    A policy belongs to one thread, as `act` updates its hidden states. Other threads use a `copy` each: copies share
    the networks, which are only read. Processes may be forked at any time.

    Example:
        >>> policy = load_policy("runs/quickstart/aiir_mix/2s3z/seed=0")  # doctest: +SKIP
        >>> policy.reset(battles=1)  # doctest: +SKIP
        >>> actions = policy.act(obs, avail)  # doctest: +SKIP

    Args:
        policy: the networks.
        spec: the environment as this version of the package defines it.
        trained_in: the name of the environment that the policy was trained in; None: it is unknown.
    """

    def __init__(self, policy: Policy, spec: EnvSpec, trained_in: str | None = None) -> None:
        self.policy, self.spec, self.trained_in = policy, spec, trained_in
        self._process = os.getpid()
        self.reset()

    def reset(self, battles: int = 1) -> None:
        """Clear the hidden states and begin this number of battles."""
        self.hidden = self.policy.initial_hidden(battles)
        self.last_actions = torch.full((battles, self.spec.n_agents), NO_ACTION)

    def copy(self) -> Self:
        """Return a policy with the same networks and its own hidden states, as after `reset()`."""
        other = copy(self)
        other.reset()
        return other

    def check(self, spec: EnvSpec) -> None:
        """Check that an environment is the one that the policy was trained in; warn if its name or version differs.

        Raises:
            ValueError: its sizes differ from those of the policy.
        """
        for size in SIZES:
            wanted, found = getattr(self.spec, size), getattr(spec, size)
            if wanted != found:
                raise ValueError(f"the policy has {size} {wanted}, but {spec.name} has {found}")
        if self.trained_in not in (None, spec.name):
            message = f"the policy was trained in {self.trained_in}, not in {spec.name}: results do not compare"
            warnings.warn(message, stacklevel=2)

    @torch.no_grad()
    def act(self, obs: ArrayLike, avail: ArrayLike) -> NDArray[np.int64]:
        """Return actions [B, N] for the observations [B, N, O] and masks [B, N, A] of a timestep.

        Both may be anything that NumPy turns into an array of numbers, in any layout, byte order and precision.

        Raises:
            ValueError: the shapes do not match the environment and the number of battles given to `reset`, a number is
                not finite, or an agent has no available action.
        """
        self._leave_parents_threads()
        shape = (*self.last_actions.shape,)
        observations = _finite("obs", obs, (*shape, self.spec.obs_dim))
        mask = _finite("avail", avail, (*shape, self.spec.n_actions)) != 0
        for b, i in np.argwhere(~mask.any(-1)):
            raise ValueError(f"avail: battle {b}, agent {i} has no available action")
        outputs, self.hidden = self.policy.act(torch.from_numpy(observations), self.last_actions, self.hidden)
        self.last_actions = best_actions(outputs, torch.from_numpy(mask))
        actions: NDArray[np.int64] = self.last_actions.numpy().copy()
        return actions

    def _leave_parents_threads(self) -> None:
        """Use one thread in a forked process: torch would wait for its parent's, which do not exist there."""
        if self._process != os.getpid():
            torch.set_num_threads(1)
            self._process = os.getpid()


def load_policy(run: Path | str) -> TrainedPolicy:
    """Load a trained policy; warn if it was trained in another version of the environment.

    Args:
        run: the directory of a run, `runs/<name>/<model>/<map>/seed=<n>`, whose last checkpoint is loaded; or the name
            of a trained model that travels with the package, `aiir_mix/2s3z`.

    Raises:
        ConfigError: there is no such run or model, the run has no checkpoint, or this version cannot load it.
    """
    trained = load_trained(_directory(run))
    trained.env.close()
    policy = TrainedPolicy(trained.learner.policy, trained.env.spec, trained.trained_in)
    policy.check(policy.spec)
    return policy


def _directory(run: Path | str) -> RunDirectory:
    if Path(run).is_dir():
        return RunDirectory(Path(run))
    if str(run) in pretrained_names():
        return find_pretrained(str(run))
    raise ConfigError(f"there is no directory {run}, and {unknown('trained model', str(run), pretrained_names())}")


def _finite(name: str, values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return a new array of float32, contiguous and in the machine's byte order.

    Raises:
        ValueError: the values are no numbers, have another shape, or are not finite in float32.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must have shape {shape}, but its rows differ in length") from error
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, not {array.shape}")
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold numbers, not {array.dtype}")
    with np.errstate(over="ignore"):
        numbers = np.array(array, np.float32, order="C")
    for b, i, k in np.argwhere(~np.isfinite(numbers)):
        raise ValueError(f"{name} must be finite in float32, but battle {b}, agent {i} has {array[b, i, k]} at {k}")
    return numbers
