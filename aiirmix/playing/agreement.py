"""How often what an agent thinks best is best for the team, by what a value-based model knows itself.

`python -m aiirmix.playing.agreement RUN…` prints it for trained models. Letters in shapes: M moments, N agents, A
actions, G values learnt (N for IQL, else 1; N for QTRAN alt).
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from aiirmix.command_line import Parser, exit_code_of
from aiirmix.data.episode_batch import Transitions
from aiirmix.errors import ConfigError
from aiirmix.learners.off_policy import OffPolicyLearner
from aiirmix.maths.q_values import best_actions, values_of
from aiirmix.playing.testing import play_episodes
from aiirmix.playing.trained import load_trained
from aiirmix.training.run_directory import RunDirectory


@torch.no_grad()
def agreement(learner: OffPolicyLearner, at: Transitions) -> float:
    """The share of choices in which no other action of the agent's own is worth more to the team.

    A choice is an agent with several actions at one moment; the others do what they think best. It is 1 for whatever
    is monotonic in the utilities (IQL, VDN, QMIX), and what QTRAN's losses ask for (Son et al. 2019: IGM).
    """
    best = best_actions(learner.agents(at), at.avail)
    worth = _own_values(learner, at, best).masked_fill(~at.avail, float("-inf"))
    most, chosen = worth.amax(-1), values_of(worth, best)
    agrees = (chosen >= most) | torch.isclose(chosen, most)
    return float(agrees[at.avail.sum(-1) > 1].float().mean())


def _own_values(learner: OffPolicyLearner, at: Transitions, best: Tensor) -> Tensor:
    """What each action of an agent is worth to the team while the others do `best`, [M, N, A]."""
    worth = torch.empty(at.avail.shape, device=at.obs.device)
    for agent in range(worth.shape[1]):
        for action in range(worth.shape[2]):
            actions = best.clone()
            actions[:, agent] = action
            values = learner.joint_values(at, actions)
            worth[:, agent, action] = values[:, agent % values.shape[1]]
    return worth


def command(arguments: Sequence[str]) -> int:
    """Runs a command; its exit code."""
    return exit_code_of(lambda: _answer(arguments))


def _answer(arguments: Sequence[str]) -> None:
    parser = Parser("python -m aiirmix.playing.agreement", description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", help="directories of runs of value-based models")
    parser.add_argument("--episodes", type=int, default=20, help="greedy ones, for each run (default: 20)")
    options = parser.parse_args(arguments)
    for run in options.runs:
        trained = load_trained(RunDirectory(run))
        if not isinstance(trained.learner, OffPolicyLearner):
            raise ConfigError(f"{run} has no joint value: {trained.model} is not a value-based model")
        batch = play_episodes(trained, options.episodes, 0, lambda _: None)
        share, won = agreement(trained.learner, batch.steps), float(batch.won.float().mean())
        print(f"{run}: {share:.2f} of the choices agree, win rate {won:.2f}")


if __name__ == "__main__":
    sys.exit(command(sys.argv[1:]))
