"""A user's own intrinsic source that shows attention: metrics, figures and viewer need nothing else."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from aiirmix.common.errors import ConfigError
from aiirmix.nets.decomposition import Decomposition
from aiirmix.nets.roles import IntrinsicSource
from aiirmix.viewer.trained_player import insight
from tests.learners.models import make_learner
from tests.toys import random_batch, small_spec

SPEC = small_spec()


class NextAgent(IntrinsicSource):
    """Pays each agent for the first observation feature of the next agent, to which alone it attends."""

    def __init__(self, spec):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, timesteps):
        return self.scale * timesteps.obs[..., 0].roll(-1, dims=1)

    def attention(self, timesteps):
        agents = timesteps.obs.shape[1]
        return torch.eye(agents).roll(1, dims=1).expand(len(timesteps.obs), -1, -1)


def make():
    return make_learner("none", SPEC, "model/extrinsic_critic=agent", f"model.intrinsic._target_={__name__}.NextAgent")


def everyone_alive(batch):
    return replace(batch, alive=torch.ones_like(batch.alive))


def diagnosed(learner, batch):
    learner.update(batch)
    return learner.interval.updates[0]


def test_its_attention_is_logged():
    metrics = diagnosed(make(), everyone_alive(random_batch(SPEC)))
    assert metrics["attention/self_weight"] == 0.0
    assert metrics["attention/entropy"] == 0.0
    assert metrics["attention/odd_to_even"] == pytest.approx(1 / 2)


def test_it_learns():
    learner = make()
    learner.update(random_batch(SPEC))
    assert learner.intrinsic.scale != 2.0


def test_the_viewer_and_the_figures_show_its_rewards_and_attention():
    learner, episode = make(), random_batch(SPEC, lengths=(4,))
    shown, transitions = insight(learner, episode), episode.transitions
    assert shown is not None
    assert shown.attention is not None
    torch.testing.assert_close(
        torch.from_numpy(shown.r_in), 2.0 * transitions.obs[..., 0].roll(-1, 1).double(), rtol=0, atol=1e-4
    )
    assert shown.attention is not None
    assert torch.equal(torch.from_numpy(shown.attention), learner.intrinsic.attention(transitions).double())


def test_a_learner_without_reward_networks_shows_no_rewards():
    assert insight(make_learner("qmix", SPEC), random_batch(SPEC, lengths=(4,))) is None


def test_a_source_without_attention_shows_none():
    learner = make_learner("liir", SPEC)
    assert learner.intrinsic.attention(random_batch(SPEC).transitions) is None
    assert not any(name.startswith("attention/") for name in diagnosed(learner, random_batch(SPEC)))


class Hidden(NextAgent):
    """Calls a network like a method."""

    def __init__(self, spec):
        super().__init__(spec)
        self.attention = nn.Linear(spec.obs_dim, 1)  # type: ignore[method-assign]


def test_a_network_called_like_what_a_source_does_is_refused():
    with pytest.raises(ConfigError, match=r"^Hidden\.attention is what a source does: give the network another name$"):
        Hidden(SPEC)


class Curious(NextAgent):
    """Has a loss of its own."""

    def losses(self, batch):
        yield self.scale.square()


class Retrospective(IntrinsicSource):
    """Reads whole episodes."""

    def __init__(self, spec):
        super().__init__()

    def from_episodes(self, batch):
        return batch.transitions.obs[..., 0]


@pytest.mark.parametrize(
    ("kind", "judges_actions", "learns_by_itself"),
    [(NextAgent, True, False), (Curious, True, True), (Retrospective, False, False)],
)
def test_what_a_source_overrides_says_what_it_does(kind, judges_actions, learns_by_itself):
    source = kind(SPEC)
    assert source.judges_actions == judges_actions
    assert source.learns_by_itself == learns_by_itself


@pytest.mark.parametrize("kind", [Curious, Retrospective])
def test_no_teacher_teaches_a_source_that_learns_by_itself_or_reads_episodes(kind):
    with pytest.raises(ConfigError, match="teaches a source that learns"):
        Decomposition(kind(SPEC), steps=1)


class Stranger(nn.Module):
    """Pays nothing, and is no intrinsic source."""

    def __init__(self, spec):
        super().__init__()


def test_a_network_that_is_no_source_is_refused():
    message = r"^Stranger is no intrinsic source: derive it from aiirmix\.nets\.roles\.IntrinsicSource$"
    with pytest.raises(ConfigError, match=message):
        make_learner("none", SPEC, f"model.intrinsic._target_={__name__}.Stranger")
