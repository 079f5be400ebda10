"""What pictures call the settings in labels."""

import pytest

from aiirmix.report.setting_names import SettingNames

NAMES = SettingNames(
    {"update=single": "one step", "update=clipped": "PPO's", "shared=True": "shared", "shared=False": "own"},
    {"b,lr=0.1": "B", "a": "A"},
)


@pytest.mark.parametrize(
    ("label", "panel", "line"),
    [
        ("a", "", "A"),
        ("a,update=single", "one step", "A"),
        ("b,lr=0.1,shared=True,update=clipped", "shared, PPO's", "B"),
        ("b,lr=0.2,shared=True", "shared", "b,lr=0.2"),
    ],
)
def test_a_label_has_a_panel_and_a_line(label, panel, line):
    assert (NAMES.panel(label), NAMES.line(label)) == (panel, line)


def test_panels_and_lines_have_the_order_of_their_names():
    labels = ["a,update=clipped", "c,update=single", "b,lr=0.1,update=single", "a,update=single"]
    assert NAMES.panels_of(labels) == ["one step", "PPO's"]
    assert NAMES.lines_of(labels) == ["B", "A", "c"]
