"""Components against the signatures of what they build."""

import sys

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.launch.checker.components import check_components, check_requirements

SOURCE = """
from dataclasses import dataclass, field
from typing import ClassVar, Literal

class Net:
    def __init__(self, spec, width: int, *, kind: Literal["wide", "deep"] = "wide") -> None: ...

class Child(Net): ...

class Base(Net):
    def __init__(self, *, depth: int, **settings):
        super().__init__("a spec", kind="deep", **settings)

class Grandchild(Base):
    def __init__(self, *, rate: float, **settings):
        super().__init__(**settings)

class Greedy(Net):
    def __init__(self, **settings):
        super().__init__("a spec", 3)

def loose(rate: float = 0.1, **others: object) -> None: ...

@dataclass(frozen=True)
class Flags:
    sparse: bool = False

@dataclass(kw_only=True)
class World(Flags):
    map: str
    count: ClassVar[int] = 0
    inner: list[int] = field(default_factory=list, init=False)
"""


NEEDS = """
from aiirmix.common.errors import ConfigError

def check(settings):
    if settings.get("map") == "moon":
        raise ConfigError("there is no way to the moon")
"""


@pytest.fixture(scope="module", autouse=True)
def parts(tmp_path_factory):
    """The module `parts_for_test.things`."""
    folder = tmp_path_factory.mktemp("parts")
    (folder / "parts_for_test").mkdir()
    (folder / "parts_for_test/__init__.py").touch()
    (folder / "parts_for_test/things.py").write_text(SOURCE)
    (folder / "parts_for_test/requirements.py").write_text(NEEDS)
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))


def component(name, **settings):
    return {"_target_": f"parts_for_test.things.{name}", **settings}


PYTHONPATH = "add the folder that holds it to PYTHONPATH, or install its package"


@pytest.mark.parametrize(
    "node",
    [
        component("Net", width=3, kind="deep", _partial_=True),
        component("Child", width=3),
        component("Grandchild", rate=0.5, depth=2, width=3),
        component("Greedy", anything="goes"),
        component("loose", rate=1, anything="goes"),
        component("World", map="8m", sparse=True),
        {"_target_": "torch.optim.RMSprop", "lr": 0.1, "alpha": 0.9},
        {"_target_": "math.sqrt", "whatever": 1},
    ],
)
def test_what_fits_passes(node):
    check_components({"model": node})


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (component("Net", width="a"), "model.width must be an integer, not 'a'"),
        (component("Child", width="a"), "model.width must be an integer, not 'a'"),
        (component("Grandchild", depth="a"), "model.depth must be an integer, not 'a'"),
        (component("Grandchild", width="a"), "model.width must be an integer, not 'a'"),
        (component("Grandchild", dept=2), "unknown key model.dept; did you mean model.depth?"),
        (component("Grandchild", kind="wide"), "unknown key model.kind"),
        (component("Grandchild", spec="x"), "unknown key model.spec"),
        (component("Net", widht=3), "unknown key model.widht; did you mean model.width?"),
        (component("Net", kind="wild"), "model.kind: unknown kind wild; did you mean wide? (known: wide, deep)"),
        (component("Net", kind=3), "model.kind must be one of wide, deep, not 3"),
        (component("loose", rate="fast"), "model.rate must be a number, not 'fast'"),
        (component("World", sparse=1), "model.sparse must be true or false, not 1"),
        (component("World", count=1), "unknown key model.count"),
        (component("World", inner=[1]), "unknown key model.inner"),
        ({"_target_": "torch.optim.RMSprop", "alpha": "a"}, "model.alpha must be a number, not 'a'"),
        ({"_target_": "torch.optim.RMSprop", "alhpa": 1}, "unknown key model.alhpa; did you mean model.alpha?"),
        ({"_target_": "aiirmix.nets.Nothing"}, "model._target_: there is no aiirmix.nets.Nothing"),
        ({"_target_": "nowhere.Net"}, "model._target_: nowhere.Net: there is no module nowhere; " + PYTHONPATH),
    ],
)
def test_what_does_not_fit_is_named(node, message):
    with pytest.raises(ConfigError) as error:
        check_components({"model": node})
    assert str(error.value) == message


def test_components_are_found_wherever_they_are():
    inner = component("Net", width="a")
    with pytest.raises(ConfigError, match=r"^model.parts.1.net.width must be"):
        check_components({"model": {"parts": [1, {"net": inner}]}})


def test_packages_say_what_their_components_need():
    check_requirements({"env": component("World", map="8m"), "other": {"_target_": "torch.optim.Adam"}})
    with pytest.raises(ConfigError, match="no way to the moon"):
        check_requirements({"env": component("World", map="moon")})
