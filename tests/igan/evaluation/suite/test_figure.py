import pytest

from igan.evaluation.suite.figure import Figure, number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.123456, "0.1235"),
        (22.5678, "22.57"),
        (1234.5, "1234"),
        (0.00002, "2e-05"),
        (123456.0, "123,456"),
        (2e-9, "2.000e-09"),
        (-0.00123456, "-0.001235"),
    ],
)
def test_numbers_have_four_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_a_figure_is_read_as_it_was_written() -> None:
    figure = Figure("PSNR", 22.5, (22.0, 23.0), "higher", "dB")
    assert Figure.from_json(figure.to_json()) == figure
    assert (figure.text, figure.interval_text) == ("22.5 dB", "22 to 23 dB")
    nothing = Figure("motion", None)
    assert Figure.from_json(nothing.to_json()) == nothing
    assert (nothing.text, nothing.interval_text) == ("-", "-")
