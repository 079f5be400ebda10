"""A trained model as a policy for any program that provides observations and masks."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from aiirmix.common.errors import ConfigError
from aiirmix.data.collector import Policy, greedy
from aiirmix.data.packing import NO_ACTION
from aiirmix.envs.protocol import EnvSpec
from aiirmix.evaluation.trained_run import load_trained
from aiirmix.runs.directory import RunDirectory


class TrainedPolicy:
    """Acts greedily, each agent from its own observations and hidden state.

    Example:
        >>> policy = load_policy("runs/quickstart/aiir_mix/2s3z/seed=0")  # doctest: +SKIP
        >>> policy.reset(battles=1)  # doctest: +SKIP
        >>> actions = policy.act(obs, avail)  # doctest: +SKIP
    """

    def __init__(self, policy: Policy, spec: EnvSpec) -> None:
        self.policy, self.spec = policy, spec
        self.reset()

    def reset(self, battles: int = 1) -> None:
        """Clear the hidden states and begin this number of battles."""
        self.hidden = self.policy.initial_hidden(battles)
        self.last_actions = torch.full((battles, self.spec.n_agents), NO_ACTION)

    @torch.no_grad()
    def act(self, obs: ArrayLike, avail: ArrayLike) -> NDArray[np.int64]:
        """Return actions [B, N] for the observations [B, N, O] and masks [B, N, A] of a timestep.

        Raises:
            ValueError: the shapes do not match the environment and the number of battles given to `reset`.
        """
        shape = (*self.last_actions.shape,)
        observations = self._tensor("obs", obs, (*shape, self.spec.obs_dim)).float()
        mask = self._tensor("avail", avail, (*shape, self.spec.n_actions)).bool()
        outputs, self.hidden = self.policy.act(observations, self.last_actions, self.hidden)
        self.last_actions = greedy(outputs, mask)
        actions: NDArray[np.int64] = self.last_actions.numpy().copy()
        return actions

    def _tensor(self, name: str, values: ArrayLike, shape: tuple[int, ...]) -> torch.Tensor:
        array = np.asarray(values)
        if array.shape != shape:
            raise ValueError(f"{name} must have shape {shape}, not {array.shape}")
        return torch.from_numpy(array)


def load_policy(run: Path | str) -> TrainedPolicy:
    """Load the policy of a run's last checkpoint.

    Args:
        run: the run's directory, `runs/<name>/<model>/<map>/seed=<n>`.

    Raises:
        ConfigError: there is no such run, it has no checkpoint, or this version cannot load it.
    """
    directory = RunDirectory(Path(run))
    if not directory.path.is_dir():
        raise ConfigError(f"there is no directory {directory.path}")
    trained = load_trained(directory)
    trained.env.close()
    return TrainedPolicy(trained.learner.policy, trained.env.spec)
