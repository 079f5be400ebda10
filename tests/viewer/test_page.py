"""The page is self-contained, and its controls work in a browser."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from aiirmix.viewer.page import player_page
from aiirmix.viewer.play_battle import play_policy
from tests.viewer.chromium import needs_chromium
from tests.viewer.sample_battles import AMBUSH, AMBUSH_WITHOUT_MODEL, STORM


class Tags(HTMLParser):
    """Collects the names of all elements of a page."""

    def __init__(self):
        super().__init__()
        self.names = []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)


def press(key):
    return f"(dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}'}})), player.time)"


def click(selector):
    return f"(document.querySelector('{selector}').dispatchEvent(new MouseEvent('click')), player.time)"


def text(selector):
    return f"document.querySelector('{selector}').textContent"


def click_on_unit(unit):
    """Click where the unit is drawn."""
    return f"""(() => {{
        const {{x, y}} = player.battle.at({unit}, player.time), [px, py] = player.field.place(x, y);
        const canvas = document.getElementById("battlefield"), {{left, top}} = canvas.getBoundingClientRect();
        canvas.dispatchEvent(new MouseEvent("click", {{clientX: left + px, clientY: top + py}}));
        return player.selected;
    }})()"""


def test_the_page_never_uses_the_network():
    page = player_page(AMBUSH)
    without_names = page.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|//[a-z]|@import|url\(|src=|href=", without_names)


def test_names_are_escaped():
    page = player_page(replace(AMBUSH, played_by="</script><b>{{constants}}"))
    tags = Tags()
    tags.feed(page)
    assert tags.names.count("script") == 3
    assert "<b>{{constants}}" not in page
    assert "&lt;b&gt;{{constants}}" in page


@needs_chromium
def test_it_starts_at_the_beginning_with_the_first_agent_selected(ask):
    answers = ask(AMBUSH, text("#map"), text("#about"), text("#agents-alive"), text("#enemies-alive"), text("#who"))
    assert answers == ["8m", "hand <made> · battle won · seed 5", "2", "1", "marine 1"]


@needs_chromium
def test_a_map_file_is_shown_by_its_name(ask):
    assert ask(replace(AMBUSH, settings={"map": "some/folder/my.map.yaml"}), text("#map")) == ["my.map"]


@needs_chromium
def test_each_living_unit_is_drawn_with_its_number(ask):
    drawn = """(() => {
        const written = [];
        player.field.context.fillText = number => written.push(number);
        player.seek(%s);
        return written;
    })()"""
    assert ask(AMBUSH, drawn % 0, drawn % 3, drawn % 4) == [[2, 1, 1], [1, 1], [1]]


@needs_chromium
def test_the_scrubber_reaches_the_last_timestep(ask):
    scrub = """(() => {
        const scrubber = document.getElementById("scrubber");
        scrubber.value = scrubber.max;
        scrubber.dispatchEvent(new Event("input"));
        return player.time;
    })()"""
    answers = ask(AMBUSH, scrub, text("#clock"), text("#agents-alive"), text("#enemies-alive"))
    assert answers == [4, "step 4 of 4", "1", "0"]


@needs_chromium
def test_keys_step_jump_select_and_set_the_speed(ask):
    steps = ["ArrowRight", "ArrowRight", "ArrowLeft", "End", "ArrowRight", "Home", "ArrowLeft"]
    selected = [(press(key), text("#who")) for key in ("2", "Escape", "9")]
    speeds = [(press(key), "get('speed').value") for key in ("+", "-", "-")]
    answers = ask(AMBUSH, *map(press, steps), *(question for pair in selected + speeds for question in pair))
    assert answers[:7] == [1, 2, 1, 4, 4, 0, 0]
    assert answers[8::2] == ["marine 2", "The team", "The team", "2", "1", "0.5"]


@pytest.mark.slow
@needs_chromium
def test_it_plays_at_its_speed_to_the_end_and_stops(ask):
    """Replace the browser's timing: one frame per second."""
    play = """(() => {
        let frame, seconds = 0;
        performance.now = () => 0;
        requestAnimationFrame = draw => { frame = draw; };
        player.toggle();
        return [1, 2, 3].map(() => { frame(1000 * ++seconds); return [player.time, player.playing]; });
    })()"""
    [frames] = ask(AMBUSH, play)
    assert frames == [[pytest.approx(2.8), True], [4, False], [4, False]]


@needs_chromium
def test_a_click_selects_an_agent_and_a_click_elsewhere_none(ask):
    button = [click("#agents button:nth-child(2)"), "player.selected", text("#who")]
    answers = ask(AMBUSH, click_on_unit(1), click_on_unit(2), click_on_unit(0), *button)
    assert answers == [1, None, 0, 0, 1, "marine 2"]


@needs_chromium
def test_the_panel_shows_rewards_and_attention_of_the_timestep(ask):
    values = "[...document.querySelectorAll('figcaption b')].map(value => value.textContent)"
    weights = "[...document.querySelectorAll('.weight')].map(row => row.textContent)"
    cursor = "player.charts.map(chart => Number(chart.cursor.getAttribute('x1')))"
    panel = [values, weights, text("#state"), cursor]
    answers = ask(AMBUSH, press("2"), press("ArrowRight"), *panel, press("End"), *panel)
    assert answers[2:6] == [
        ["2.000", "−0.500", "1.500"],
        ["marine 150.0 %", "itself50.0 %"],
        "attacks enemy zealot 1 · health 45/45",
        [78, 78, 78],
    ]
    assert answers[7:] == [["4.000", "–", "–"], [], "dead since step 2", [312, 312, 312]]


@needs_chromium
def test_lines_of_attention_are_as_wide_as_its_weights(ask):
    widths = """(() => {
        const {context} = player.field, widths = [];
        const isAttention = () => context.strokeStyle === COLOURS.attention.toLowerCase();
        context.stroke = () => { if (isAttention()) widths.push(context.lineWidth); };
        player.select(%s);
        return widths;
    })()"""
    first, second = ask(AMBUSH, widths % 0, widths % 1)
    assert len(first) == len(second) == 1
    assert first[0] - 1 == pytest.approx(1.5 * (second[0] - 1))


@needs_chromium
def test_without_a_model_it_shows_the_battle_and_the_return(ask):
    titles = "[...document.querySelectorAll('figcaption')].map(title => title.textContent)"
    answers = ask(
        AMBUSH_WITHOUT_MODEL, text("#who"), press("End"), titles, press("1"), text("#who"), text("#attention")
    )
    assert answers[0] == "The team"
    assert answers[2] == ["extrinsic reward of the team, r_ex4.000", "return so far10.000"]
    assert answers[4:] == ["marine 1", ""]


@needs_chromium
def test_the_address_selects_time_and_agent(ask):
    assert ask(AMBUSH, "player.time", "player.selected", address="#step=2.5&agent=2") == [2.5, 1]


@needs_chromium
def test_a_real_battle_plays_from_beginning_to_end(ask, random_mmm):
    answers = ask(random_mmm, text("#agents-alive"), press("End"), "player.battle.steps", text("#agents-alive"))
    assert answers == ["10", random_mmm.steps, random_mmm.steps, str(random_mmm.alive[-1, :10].sum())]


@needs_chromium
def test_explosions_beams_and_high_ground_are_drawn(ask):
    """Look for a disc as large as the splash, white cores of two beams, and cells of every kind of ground."""
    drawn = """(() => {
        const {pen, cell} = player.field, discs = [], cores = [], cells = new Set();
        pen.disc = (x, y, radius) => discs.push(radius / cell);
        pen.line = (from, to, colour, width) => { if (colour === COLOURS.core && width === 1.5) cores.push(to); };
        pen.rectangle = (left, top, width, height, colour) => cells.add(colour);
        player.seek(%s);
        return [discs, cores.length, ["wall", "floor", "plateau", "cliff"].every(kind => cells.has(COLOURS[kind]))];
    })()"""
    answers = ask(STORM, drawn % 0.5, drawn % 2.2, drawn % 3.5, text("#legend"))
    assert answers[:3] == [[[], 2, True], [[pytest.approx(2.2)], 0, True], [[], 0, True]]
    assert answers[3] == "colossusbanelingcliffplateau"


@pytest.mark.slow
@needs_chromium
def test_in_a_crowd_only_damaged_units_have_bars(ask):
    bars = """(() => {
        const {pen} = player.field;
        let bars = 0;
        pen.rectangle = (left, top, width, height, colour) => { bars += colour === COLOURS.health; };
        player.seek(0);
        return bars;
    })()"""
    crowd = play_policy("scripted", "corridor", seed=0)
    assert ask(crowd, bars) == [0]
    damaged = replace(crowd, health=crowd.health - 1.0)
    assert ask(damaged, bars) == [30]
    assert ask(AMBUSH, bars) == [3]
