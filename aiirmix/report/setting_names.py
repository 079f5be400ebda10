"""What a picture calls the settings in a model's label."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class SettingNames:
    """Names of the panels and lines of a picture: `a,update=single` is line `a` of panel `one step`."""

    panels: Mapping[str, str]
    """Settings that make a panel, as the label writes them, e.g. `update=single`, and their names."""
    lines: Mapping[str, str]
    """The rest of a label, which makes a line, and its name; one without a name is called as the label writes it."""

    def panel(self, label: str) -> str:
        """Return the name of a label's panel, `one step, shared`; empty if no setting makes a panel."""
        return ", ".join(self.panels[part] for part in label.split(",") if part in self.panels)

    def line(self, label: str) -> str:
        """Return the name of a label's line."""
        rest = ",".join(part for part in label.split(",") if part not in self.panels)
        return self.lines.get(rest, rest)

    def panels_of(self, labels: Iterable[str]) -> list[str]:
        """Return the names of these labels' panels, in the order of the settings."""
        places = {part: place for place, part in enumerate(self.panels)}
        ordered = sorted(labels, key=lambda label: [places[part] for part in label.split(",") if part in places])
        return list(dict.fromkeys(map(self.panel, ordered)))

    def lines_of(self, labels: Iterable[str]) -> list[str]:
        """Return the names of these labels' lines: those with a name in their order, then the others."""
        found = list(dict.fromkeys(map(self.line, labels)))
        named = [name for name in dict.fromkeys(self.lines.values()) if name in found]
        return [*named, *(name for name in found if name not in named)]
