import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from aiirmix.report import curves
from aiirmix.report.drawing import spread
from aiirmix.report.style import LOOKS, OTHER_COLOURS, looks_of
from tests.report.fake_runs import fake_run


@pytest.fixture
def experiment(tmp_path):
    return tmp_path / "paper"


@pytest.fixture
def type_in(monkeypatch, capsys):
    """The command with these arguments: what it prints, or the message that it leaves with."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["curves", *map(str, arguments)])
        try:
            curves.main()
        except SystemExit as left:
            return left.code
        return capsys.readouterr().out

    return command


def has_colour(picture, colour):
    return bool(np.isclose(imread(picture)[..., :3], to_rgb(colour), atol=0.02).all(-1).any())


def test_a_line_has_the_colour_of_its_model(experiment, type_in):
    fake_run(experiment, [0.0, 0.5], model="aiir_mix")
    fake_run(experiment, [0.0, 0.7], model="liir", world="8m")
    picture = experiment / "learning_curves.png"
    assert type_in(experiment) == f"learning curves: {picture}\n"
    drawn = {model for model in ("aiir_mix", "rmix", "aiir", "liir") if has_colour(picture, LOOKS[model].colour)}
    assert drawn == {"aiir_mix", "liir"}


def test_every_map_has_a_panel(tmp_path, type_in):
    sizes = []
    for maps in (1, 2, 3):
        experiment = tmp_path / f"maps{maps}"
        for world in range(maps):
            fake_run(experiment, [0.5, 0.5], world=str(world))
        type_in(experiment)
        sizes.append(imread(experiment / "learning_curves.png").shape[:2])
    (height, width), beside, below = sizes
    assert beside[0] == height < below[0]
    assert width < beside[1] == below[1]


def test_unfinished_runs_are_named_and_drawn(experiment, type_in):
    fake_run(experiment, [0.0, 0.5], budget=1000, seed=0)
    fake_run(experiment, [], budget=1000, seed=1)
    assert type_in(experiment).splitlines()[0] == "unfinished: AIIR-MIX on 2s3z, 0 of 2 runs, 5 %"
    assert has_colour(experiment / "learning_curves.png", LOOKS["aiir_mix"].colour)


def test_the_numbers_are_beside_the_picture(experiment, type_in):
    fake_run(experiment, [0.0, 0.6])
    type_in(experiment, "--smooth", 2)
    assert (experiment / "learning_curves.csv").read_text().splitlines()[1:] == [
        "2s3z,aiir_mix,test/win_rate,1,0,0.0,,",
        "2s3z,aiir_mix,test/win_rate,1,100,0.3,,",
    ]


def test_nothing_to_draw_is_one_line(experiment, type_in):
    assert type_in(experiment).startswith(f"error: there is no directory {experiment}")
    fake_run(experiment, [], budget=100)
    assert type_in(experiment) == f"error: no run in {experiment} has been evaluated yet"


@pytest.mark.parametrize("width", ["0", "-3", "some"])
def test_smoothing_takes_a_positive_number(experiment, type_in, capsys, width):
    assert type_in(experiment, f"--smooth={width}") == 2
    assert f"{width} is not a positive number" in capsys.readouterr().err


def test_reading_runs_imports_no_learner():
    code = "import sys, aiirmix.report.curves; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_model_has_a_look():
    looks = looks_of(["liir", "b,gamma=0.9", "a", "b,gamma=0.9", "aiir_mix"])
    assert looks["liir"] == LOOKS["liir"]
    assert [looks["a"].colour, looks["b,gamma=0.9"].colour] == list(OTHER_COLOURS[:2])
    assert looks["b,gamma=0.9"].name == "b, gamma=0.9"


def test_no_two_models_look_alike():
    assert len({(look.colour, look.dashes) for look in LOOKS.values()}) == len(LOOKS)


boxes = st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 0.3)), min_size=1, max_size=8).map(sorted)


@given(boxes)
def test_labels_do_not_overlap(boxes):
    centres, heights = zip(*boxes, strict=True)
    moved = spread(centres, heights, top=1.0)
    for i in range(1, len(moved)):
        assert moved[i] - moved[i - 1] >= (heights[i] + heights[i - 1]) / 2 - 1e-9
    assert moved[-1] + heights[-1] / 2 <= 1 + 1e-9


def test_labels_with_space_around_them_stay():
    assert spread([0.2, 0.5, 0.8], [0.1, 0.2, 0.1], top=1.0) == [0.2, 0.5, 0.8]
