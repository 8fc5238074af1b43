"""How large live pictures may be so that they come in time."""

LATEST_S = 1 / 25
"""From when a picture is due until it is sent."""

SOON_SHARE = 0.4
"""Of that time: pictures that come sooner may be a size larger."""

SIZE_STEP = 0.75
"""From one size to the next smaller, a side."""

LEAST_SHARE = 0.4
"""Of the largest side; smaller pictures show too little, and save little."""

NEWEST_SHARE = 0.3
"""What the newest picture counts in the mean."""


class LiveSize:
    """The longest side of one person's live pictures while their edit moves.

    Args:
        most_px: where there is time.
    """

    def __init__(self, most_px: int) -> None:
        self.most_px = self.side_px = most_px
        self._mean_s: float | None = None

    def came_after(self, seconds: float) -> None:
        """A picture of the present size was sent so long after it was due."""
        if self._mean_s is None:
            self._mean_s = seconds
        self._mean_s += NEWEST_SHARE * (seconds - self._mean_s)
        side_px = fitting_side_px(self.side_px, self._mean_s, self.most_px)
        if side_px != self.side_px:
            self.side_px, self._mean_s = side_px, None


def fitting_side_px(side_px: int, took_s: float, most_px: int) -> int:
    """The side to go on with after pictures of this side took so long."""
    if took_s > LATEST_S:
        return max(round(side_px * SIZE_STEP), round(most_px * LEAST_SHARE))
    if took_s < SOON_SHARE * LATEST_S:
        return min(round(side_px / SIZE_STEP), most_px)
    return side_px
