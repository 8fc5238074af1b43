"""One number of a report: with its interval, its unit, and which way is better."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

Better = Literal["lower", "higher"]
Interval = tuple[float, float]


@dataclass(frozen=True)
class Figure:
    """A measured number.

    Attributes:
        name: unique within its part.
        value: None where there was nothing to measure.
        interval: holds the value with 95 % confidence; None where nothing says how far the value is
            to be trusted.
        better: which way is better; None where neither is.
        unit: written after the value.
    """

    name: str
    value: float | None
    interval: Interval | None = None
    better: Better | None = None
    unit: str = ""

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        interval = document["interval"]
        return cls(**{**document, "interval": None if interval is None else tuple(interval)})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def text(self) -> str:
        """The value with its unit, to four significant digits."""
        return "-" if self.value is None else f"{number(self.value)}{self._unit}"

    @property
    def interval_text(self) -> str:
        if self.interval is None:
            return "-"
        low, high = self.interval
        return f"{number(low)} to {number(high)}{self._unit}"

    @property
    def _unit(self) -> str:
        return f" {self.unit}" if self.unit else ""


def number(value: float) -> str:
    """Four significant digits, without an exponent for what people read more easily without."""
    if value != 0 and not 1e-5 <= abs(value) < 1e7:
        return f"{value:.3e}"
    digits = f"{value:.4g}"
    return f"{value:,.0f}" if "e" in digits and abs(value) >= 1 else digits
