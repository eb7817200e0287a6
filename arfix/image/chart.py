"""A chart with a stacked bar for each image: bytes by library, and its own; before and now side by side.

Drawn by matplotlib, an optional extra (`arfix[chart]`).
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final
from warnings import catch_warnings

from arfix.extras import require
from arfix.report.text import printable

if TYPE_CHECKING:
    from matplotlib.artist import Artist

    from arfix.image.audit import AuditedFile, ImageAudit

#: Formats of a chart, by the ending of its file name.
CHART_FORMATS: Final = {".svg": "svg", ".png": "png"}
#: Inches: width of the chart, height of a bar, and height of everything else.
_WIDTH: Final = 9.0
_BAR: Final = 0.32
_AROUND: Final = 1.6
_MEGA: Final = 1e6
#: Colours that colour-blind people can distinguish: Okabe and Ito's, and two more. With more libraries than colours
#: they are used again, hatched. Grey is for bytes of no library.
_COLOURS: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#7f3c8d", "#117733")
_HATCHES: Final = ("", "////", "....")
_REST: Final = "#c8c8c8"


def render_chart(audit: ImageAudit, format_: str) -> bytes:
    """Return the chart as a file of one of `CHART_FORMATS`' formats; the same audit gives the same bytes.

    Raises:
        UnsupportedError: matplotlib is not installed.
    """
    require("matplotlib", "chart", "drawing a chart")
    from matplotlib import rc_context  # noqa: PLC0415 (an optional extra, and a second to load)
    from matplotlib.figure import Figure  # noqa: PLC0415

    bars = _bars(audit)
    # Names of files are drawn as they are: a dollar sign in them begins no formula. A glyph that the font lacks, or a
    # name too long for the figure, is worth no message.
    with (
        rc_context({"svg.hashsalt": "arfix", "svg.fonttype": "none", "font.size": 9, "text.parse_math": False}),
        catch_warnings(action="ignore"),
    ):
        figure = Figure(figsize=(_WIDTH, _AROUND + _BAR * len(bars)), layout="constrained")
        axes = figure.add_subplot()
        left = [0.0] * len(bars)
        layers = _layers(audit, [file for _, file in bars])
        drawn: list[Artist] = []
        for _, (colour, hatch), sizes in layers:
            bar, *_ = axes.barh(
                range(len(bars)),
                sizes,
                left=left,
                color=colour,
                hatch=hatch,
                edgecolor="white",
                linewidth=0.3,
            )
            drawn.append(bar)
            left = [start + size for start, size in zip(left, sizes, strict=True)]
        for position, end in enumerate(left):
            axes.text(end, position, f" {end:.2f}", va="center", ha="left")
        axes.set_yticks(range(len(bars)), [printable(label) for label, _ in bars])
        axes.invert_yaxis()
        axes.set_xlim(0, max(left) * 1.1 or 1)
        axes.set_xlabel("MB in the file")
        axes.spines[["top", "right"]].set_visible(False)
        legend = figure.legend(drawn, ["-"] * len(drawn), loc="outside lower center", ncols=5, frameon=False)
        for text, (name, _, _) in zip(legend.get_texts(), layers, strict=True):
            text.set_text(printable(name))  # a label that begins with _ would be left out
        data = BytesIO()
        figure.savefig(data, format=format_, dpi=150, metadata={"Date": None} if format_ == "svg" else None)
    return data.getvalue()


def _bars(audit: ImageAudit) -> list[tuple[str, AuditedFile]]:
    """Return label and image of each bar: the earlier build of an image is above the current one."""
    bars = []
    for file in audit.files:
        name = file.name.partition(".cpython-")[0]  # the tag of CPython's modules says nothing here
        old = audit.before.get(file.name)
        if old is not None:
            bars.append((f"{name}, before", old))
        bars.append((name, file))
    return bars


#: Name of a part of the bars, its colour and hatch, and its size in MB in each of them.
Layer = tuple[str, tuple[str, str], list[float]]


def _layers(audit: ImageAudit, files: list[AuditedFile]) -> list[Layer]:
    """Return the parts of the bars, from the left; parts that are empty in all bars are left out."""
    layers: list[Layer] = []
    for number, library in enumerate(audit.libraries):
        sizes = [0 if copy is None else copy.size_in_file for copy in (file.copies[number] for file in files)]
        if any(sizes):
            again, colour = divmod(len(layers), len(_COLOURS))
            look = _COLOURS[colour], _HATCHES[again % len(_HATCHES)]
            layers.append((Path(library.path).name, look, [size / _MEGA for size in sizes]))
    return [*layers, ("the rest", (_REST, ""), [file.rest / _MEGA for file in files])]
