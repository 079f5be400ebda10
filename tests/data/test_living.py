"""The rows of agents until they die."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.data.living import LivingRows
from aiirmix.data.packing import Packing


@st.composite
def battles(draw):
    """Return a packing, who lives in its rows [M, N], and whether all agents have one network or each its own."""
    lengths = sorted(draw(st.lists(st.integers(1, 5), min_size=1, max_size=4)), reverse=True)
    agents = draw(st.integers(1, 3))
    packing = Packing(torch.tensor(lengths))
    size = sum(lengths) * agents
    alive = torch.tensor(draw(st.lists(st.booleans(), min_size=size, max_size=size))).view(-1, agents)
    alive[0] = True
    return packing, alive, draw(st.sampled_from([1, agents]))


def lives_of(packing, alive):
    """Return each agent's packed rows up to its last living one, in time, by episode and agent."""
    place = packing.unpack(torch.arange(len(alive)))
    lives = {}
    for b, length in enumerate(packing.mask.sum(0).tolist()):
        for n in range(alive.shape[1]):
            rows = place[:length, b]
            living = alive[rows, n].nonzero().flatten().tolist()
            lives[b, n] = rows[: living[-1] + 1].tolist() if living else []
    return lives


def test_a_battle_by_hand():
    """Two episodes of 3 and 2 timesteps, two agents: one dies after the first timestep, another one in the second."""
    packing = Packing(torch.tensor([3, 2]))
    alive = torch.tensor([[True, True], [True, True], [True, False], [False, True], [True, False]])
    together = LivingRows(alive, packing, 1)
    assert together.sizes == [4, 2, 1]
    assert together.cells.tolist() == [[0, 3, 2, 1, 4, 7, 8]]
    apart = LivingRows(alive, packing, 2)
    assert apart.sizes == [2, 1, 1]
    assert apart.cells.tolist() == [[0, 2, 4, 8], [3, 1, 7, 10]]


@given(battles())
def test_networks_see_each_agent_until_its_last_living_timestep(battle):
    packing, alive, networks = battle
    rows, agents = LivingRows(alive, packing, networks), alive.shape[1]
    assert rows.cells.shape == (networks, sum(rows.sizes))
    assert rows.sizes == sorted(rows.sizes, reverse=True)
    seen: list[dict[int, list[int]]] = [{} for _ in range(networks)]
    for network, cells in enumerate(rows.cells.tolist()):
        for step in torch.tensor(cells).split(rows.sizes):
            for place, cell in enumerate(step.tolist()):
                seen[network].setdefault(place, []).append(cell)
    found = sorted([cell for cell in life if cell < alive.numel()] for lives in seen for life in lives.values())
    expected = sorted([row * agents + n for row in life] for (_, n), life in lives_of(packing, alive).items())
    assert [life for life in found if life] == [life for life in expected if life]
    for network, lives in enumerate(seen):
        own = {cell % agents for life in lives.values() for cell in life if cell < alive.numel()}
        assert networks == 1 or own <= {network}


@given(battles())
def test_rows_go_back_where_they_came_from(battle):
    packing, alive, networks = battle
    rows = LivingRows(alive, packing, networks)
    x = torch.arange(1.0, 2 * alive.numel() + 1).view(*alive.shape, 2)
    back = rows.scatter(rows.gather(x))
    kept = torch.zeros_like(alive)
    for (_, n), life in lives_of(packing, alive).items():
        kept[life, n] = True
    assert torch.equal(back, x * kept[..., None])
    assert kept[alive].all()
