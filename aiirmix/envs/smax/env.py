"""SMAX (Rutherford et al. 2023) as a batch: its heuristic enemy, all battles in one vectorised, compiled step.

SMAX resembles SMAC, but its observations, actions, weapons and rewards differ: results on the two do not compare.

Letters in shapes: B battles, N agents, A actions, O observation features, S state features.
"""

from importlib.metadata import version
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxmarl.environments.smax.heuristic_enemy_smax_env import HeuristicEnemySMAX
from jaxmarl.environments.smax.smax_env import MAP_NAME_TO_SCENARIO
from numpy.typing import NDArray

from aiirmix.common.errors import ConfigError, unknown
from aiirmix.envs.protocol import EnvSpec, Frame, Outcome, refuse_unavailable


class SMAX:
    """The `BatchEnv` of SMAX.

    Args:
        map: the name of the scenario.
        arguments: the keyword arguments of JaxMARL's `HeuristicEnemySMAX`.

    Raises:
        ConfigError: there is no such map, or no such argument.
    """

    def __init__(self, map: str, arguments: dict[str, Any]) -> None:
        if map not in MAP_NAME_TO_SCENARIO:
            raise ConfigError(unknown("map", map, sorted(MAP_NAME_TO_SCENARIO)))
        try:
            self.game: Any = HeuristicEnemySMAX(scenario=MAP_NAME_TO_SCENARIO[map], **arguments)
        except TypeError as error:
            raise ConfigError(f"env.arguments: {error}") from error
        self._reset_all, self._step_all = jax.jit(jax.vmap(self._reset_one)), jax.jit(jax.vmap(self._step_one))
        self._spec = self._describe(map)
        self.over, self.avail = np.ones(0, np.bool_), np.zeros((0, 0, 0), np.bool_)

    @property
    def spec(self) -> EnvSpec:
        """Sizes and names."""
        return self._spec

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Start one battle per seed; see `BatchEnv`."""
        out = out or Frame.zeros(self.spec, len(seeds))
        halves = (jnp.asarray(half.astype(np.uint32)) for half in (seeds & 0xFFFFFFFF, seeds >> 32))
        self._keys, self._states, fields = self._reset_all(*halves)
        self.over = np.zeros(len(seeds), np.bool_)
        self._write(fields, ~self.over, out)
        return out

    def step(self, actions: NDArray[np.int64], out: tuple[Frame, Outcome] | None = None) -> tuple[Frame, Outcome]:
        """Play the joint actions [B, N]; see `BatchEnv`."""
        frame, outcome = out or (Frame.zeros(self.spec, len(actions)), Outcome.zeros(len(actions)))
        running = ~self.over
        refuse_unavailable(actions, self.avail, running)
        chosen = jnp.asarray(np.where(running[:, None], actions, 0))
        self._keys, self._states, fields, result = self._step_all(self._keys, self._states, chosen)
        reward, won, lost, late = (np.asarray(x) for x in result)
        outcome.reward[running] = reward[running]
        outcome.terminated[running] = (won | lost)[running]
        outcome.truncated[running] = (late & ~won & ~lost)[running]
        outcome.won[running] = (won & ~lost)[running]
        self._write(fields, running, frame)
        self.over |= won | lost | late
        return frame, outcome

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def _reset_one(self, low: jax.Array, high: jax.Array) -> tuple[Any, ...]:
        key, start = jax.random.split(jax.random.fold_in(jax.random.PRNGKey(low), high))
        observations, state = self.game.reset(start)
        return key, state, self._fields(observations, state)

    def _step_one(self, key: jax.Array, state: Any, actions: jax.Array) -> tuple[Any, ...]:  # noqa: ANN401
        key, now = jax.random.split(key)
        named = {agent: actions[i] for i, agent in enumerate(self.game.agents)}
        observations, state, rewards, _, _ = self.game.step_env(now, state, named)
        alive = state.state.unit_alive
        agents = len(self.game.agents)
        won, lost = ~alive[agents:].any(), ~alive[:agents].any()
        late = state.state.step >= self.game.max_steps
        return key, state, self._fields(observations, state), (rewards[self.game.agents[0]], won, lost, late)

    def _fields(self, observations: dict[str, jax.Array], state: Any) -> tuple[jax.Array, ...]:  # noqa: ANN401
        """Return the fields of `Frame` for one battle: observations [N, O], state [S], masks [N, A], alive [N]."""
        agents = self.game.agents
        alive = state.state.unit_alive[: len(agents)]
        masks = self.game.get_avail_actions(state)
        avail = jnp.stack([masks[agent] for agent in agents]).astype(bool)
        avail = avail.at[:, 0].set(avail[:, 0] | ~avail.any(-1))
        obs = jnp.stack([observations[agent] for agent in agents]) * alive[:, None]
        return obs, observations["world_state"], avail, alive

    def _write(self, fields: tuple[jax.Array, ...], battles: NDArray[np.bool_], frame: Frame) -> None:
        """Write the rows of these battles [B] of the frame."""
        for buffer, field in zip(frame, fields, strict=True):
            buffer[battles] = np.asarray(field)[battles]
        self.avail = np.asarray(fields[2])

    def _describe(self, map: str) -> EnvSpec:
        _, state, (obs, world, avail, _) = self._reset_all(jnp.zeros(1, jnp.uint32), jnp.zeros(1, jnp.uint32))
        kinds = [self.game.unit_type_names[kind] for kind in np.asarray(state.state.unit_types[0])]
        return EnvSpec(
            name=f"smax-{version('jaxmarl')}/{map}",
            n_agents=obs.shape[1],
            n_actions=avail.shape[2],
            obs_dim=obs.shape[2],
            state_dim=world.shape[1],
            episode_limit=int(self.game.max_steps),
            agent_types=tuple(kinds[: obs.shape[1]]),
        )
