"""SMAC's abstract class of environments, from which programs written for SMAC derive their own."""

from typing import Any


class MultiAgentEnv:
    """The methods that a learner calls; what they return is described in `StarCraft2Env`."""

    n_agents: int
    episode_limit: int

    def step(self, actions: Any) -> Any:  # noqa: ANN401 - derived classes differ, here and below
        """Play the agents' actions; return reward, whether the episode is over, and the info."""
        raise NotImplementedError

    def get_obs(self) -> Any:  # noqa: ANN401
        """Return all agents' observations."""
        raise NotImplementedError

    def get_obs_agent(self, agent_id: int) -> Any:  # noqa: ANN401
        """Return one agent's observation."""
        raise NotImplementedError

    def get_obs_size(self) -> int:
        """Return the length of an observation."""
        raise NotImplementedError

    def get_state(self) -> Any:  # noqa: ANN401
        """Return the state."""
        raise NotImplementedError

    def get_state_size(self) -> int:
        """Return the length of the state."""
        raise NotImplementedError

    def get_avail_actions(self) -> Any:  # noqa: ANN401
        """Return all agents' masks."""
        raise NotImplementedError

    def get_avail_agent_actions(self, agent_id: int) -> Any:  # noqa: ANN401
        """Return one agent's mask."""
        raise NotImplementedError

    def get_total_actions(self) -> int:
        """Return the number of actions."""
        raise NotImplementedError

    def reset(self) -> Any:  # noqa: ANN401
        """Start the next episode."""
        raise NotImplementedError

    def render(self) -> Any:  # noqa: ANN401
        """Show the episode."""
        raise NotImplementedError

    def close(self) -> None:
        """Release what the environment holds."""
        raise NotImplementedError

    def seed(self) -> Any:  # noqa: ANN401
        """Return the seed."""
        raise NotImplementedError

    def save_replay(self) -> Any:  # noqa: ANN401
        """Save the episode."""
        raise NotImplementedError

    def get_env_info(self) -> dict[str, Any]:
        """Return all sizes."""
        return {
            "state_shape": self.get_state_size(),
            "obs_shape": self.get_obs_size(),
            "n_actions": self.get_total_actions(),
            "n_agents": self.n_agents,
            "episode_limit": self.episode_limit,
        }
