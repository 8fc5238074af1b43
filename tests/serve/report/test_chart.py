import re
import xml.etree.ElementTree as ET

import numpy as np

from serve.report.chart import PLOT_HEIGHT_PX, TOP_PX, Bars, Curves, Histogram
from serve.report.page import Page


def rectangles(svg: str) -> list[dict[str, str]]:
    return [node.attrib for node in ET.fromstring(svg).iter("rect")]


def test_a_histogram_counts_and_draws_in_proportion() -> None:
    chart = Histogram.of([0.5, 1.5, 1.6, 2.5, 99, -99], "sizes", [0, 1, 2, 3], unit=" px")
    assert chart.counts.tolist() == [2, 2, 2]
    chart = Histogram(np.array([1, 4, 0]), np.array([0.0, 1, 2, 3]), "a < b", marks=[(1.5, "here")])
    bars = rectangles(chart.svg())
    heights = [float(bar["height"]) for bar in bars]
    assert heights[1] == 4 * heights[0] > 0
    assert heights[2] == 0
    (mark,) = re.findall(r'class="mark" x1="([\d.]+)"', chart.svg())
    assert float(mark) == chart.width_px / 2
    assert "a &lt; b" in chart.svg()


def test_a_histogram_of_nothing_is_drawn() -> None:
    assert len(rectangles(Histogram.of([], "none", [0, 1, 2]).svg())) == 2


def test_bars_are_as_long_as_their_counts() -> None:
    bars = rectangles(Bars(["boots & co", "x" * 60], [10, 5], "labels").svg())
    assert float(bars[0]["width"]) == 2 * float(bars[1]["width"])
    assert "boots &amp; co: 10" in Bars(["boots & co"], [10], "labels").svg()


def test_a_page_holds_charts_and_points() -> None:
    page = Page("charts")
    page.charts([Bars(["a"], [1], "one"), Bars(["b"], [2], "two")], "both <b>")
    page.points(["first & foremost"])
    assert page.html().count("<svg") == 2
    assert "both &lt;b&gt;" in page.html()
    assert "<li>first &amp; foremost</li>" in page.html()


def test_curves_run_from_corner_to_corner_and_name_their_last_values() -> None:
    chart = Curves({"loss": ([0, 50, 100], [0.0, 1.0, 2.0])}, "Losses", " images", width_px=400)
    (points,) = re.findall(r'points="([^"]+)"', chart.svg())
    base = TOP_PX + PLOT_HEIGHT_PX
    assert points == f"0.0,{base:.1f} 200.0,{base - PLOT_HEIGHT_PX / 2:.1f} 400.0,{TOP_PX:.1f}"
    assert "loss: 2" in chart.svg()
    assert "100 images" in chart.svg()


def test_curves_leave_out_what_is_no_number_and_may_be_empty() -> None:
    chart = Curves({"a": ([1, 2, 3], [1.0, float("nan"), 3.0]), "b": ([], [])}, "A")
    (points,) = re.findall(r'points="([^"]+)"', chart.svg())
    assert len(points.split()) == 2
    assert "b:" not in chart.svg()
    assert "<polyline" not in Curves({}, "nothing").svg()
    assert "<polyline" in Curves({"point": ([5], [2.0])}, "one value").svg()
