"""Guided upsampling: small fields take the edges of a large photo."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from serve.transfer.linear import solve_symmetric
from serve.transfer.separable import box_mean, enlarged

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class GuidedField:
    """Fields on a small grid, each a locally linear function of a guide that is also known finer.

    Attributes:
        coefficients: float32 (K, G + 1, h, w): for each field its slopes by the guide's G channels,
            then its offset.
    """

    coefficients: FloatArray

    def at(
        self,
        x_positions: npt.NDArray[np.floating],
        y_positions: npt.NDArray[np.floating],
        guide: FloatArray,
    ) -> FloatArray:
        """Read the fields on a rectangle of finer pixels.

        Args:
            x_positions: (W,), where the columns lie on the small grid (its first centre is at 0.5).
            y_positions: (H,), likewise the rows.
            guide: float32 (H, W, G), the guide at those pixels.

        Returns:
            float32 (K, H, W).
        """
        finer = enlarged(self.coefficients, x_positions, y_positions)
        result = finer[:, -1]
        for channel in range(guide.shape[2]):
            result += finer[:, channel] * guide[..., channel]
        return result


def fit_guided_field(
    fields: FloatArray, guide: FloatArray, radius_px: int, ridge: float
) -> GuidedField:
    """Fit fields to a guide by the guided filter (He, Sun and Tang 2013, equations 14 to 16).

    In every window of side 2 radius + 1 each field is explained as a linear function of the guide's
    channels, by ridge regression; every pixel then takes the mean of the functions of all windows
    that hold it. What stays unexplained goes to the offset, so that on the small grid the fields
    come back as they were: the guide decides what lies between its pixels.

    Args:
        fields: float32 (K, h, w).
        guide: float32 (G, h, w), in [0, 1].
        radius_px: of the windows.
        ridge: epsilon of the paper; variances of the guide well below it do not steer the fields.
    """
    channels = range(len(guide))
    guide_mean, field_mean = box_mean(guide, radius_px), box_mean(fields, radius_px)
    covariance = [
        [
            box_mean(guide[i] * guide[j], radius_px) - guide_mean[i] * guide_mean[j]
            for j in range(i + 1)
        ]
        for i in channels
    ]
    for row in covariance:
        row[-1] = row[-1] + np.float32(ridge)
    right = [box_mean(guide[i] * fields, radius_px) - guide_mean[i] * field_mean for i in channels]
    slopes = np.stack(solve_symmetric(covariance, right), axis=1)
    offset = field_mean - (slopes * guide_mean).sum(1)
    slopes, offset = box_mean(slopes, radius_px), box_mean(offset, radius_px)
    unexplained = fields - (slopes * guide).sum(1) - offset
    return GuidedField(np.concatenate([slopes, (offset + unexplained)[:, None]], axis=1))
