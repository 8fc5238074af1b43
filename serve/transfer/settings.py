"""The weights of edit transfer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TransferSettings:
    """How motion and colour are estimated and carried to the photo.

    Colours are sRGB in [0, 1]; lengths are pixels of the network's frames.

    Attributes:
        rounds: alternations of motion and colour on the frames' own level (the paper: 3).
        coarse_rounds: alternations on each coarser level of the pyramid.
        coarsest_px: the pyramid halves the frames down to about this side.
        frame_blur_px: standard deviation of the blur of the frames before motion is sought.
        motion_smoothness: sigma_s of the paper, against the data term normalised to about one.
        contour_contrast: neighbours whose colours differ by more need not move alike.
        faint_contrast: colour slopes per pixel below this count little as evidence of motion.
        robust_difference: colour differences beyond this count less than squared.
        motion_solver_steps: conjugate-gradient steps of one motion update.
        round_trip_px: a pixel is hidden in the source if its way there and back misses it by more;
            None takes every pixel for seen.
        hidden_margin_px: pixels this near to a hidden one count as hidden too.
        fill_window_px: standard deviation of the windows from which hidden pixels are filled.
        fill_contrast: standard deviation of the colours from which they are.
        colour_window_px: standard deviation of the Gaussian window in which the colour map is
            fitted between neighbours; it plays the part of the paper's sigma_c.
        colour_ridge: how strongly that fit leans on the next coarser level's map (at the coarsest
            on the identity), against the mean square of the colours in the window.
        anchor_windows_px: windows, coarse to fine, of the colour map from the first frame.
        anchor_ridge: how strongly each of these fits leans on the one before.
        carried_window_px: window of the colour map that the photo takes.
        carried_ridge: how strongly that fit leans on the change of tone around.
        ground_tolerance: levels of 255 by which the ground in the first frame may vary.
        border_px: over this width the edit fades out towards a frame border inside the photo.
        still_motion_px: smaller motions count as none.
        still_colour: smaller changes of colour count as none.
    """

    rounds: int = 3
    coarse_rounds: int = 6
    coarsest_px: int = 16
    frame_blur_px: float = 0.6
    motion_smoothness: float = 0.3
    contour_contrast: float = 0.08
    faint_contrast: float = 0.15
    robust_difference: float = 0.03
    motion_solver_steps: int = 12
    round_trip_px: float | None = 0.5
    hidden_margin_px: int = 2
    fill_window_px: float = 5.0
    fill_contrast: float = 0.15
    colour_window_px: float = 3.0
    colour_ridge: float = 1e-4
    anchor_windows_px: tuple[float, ...] = (8.0, 4.0, 2.0)
    anchor_ridge: float = 3e-3
    carried_window_px: float = 2.0
    carried_ridge: float = 1e-2
    ground_tolerance: int = 14
    border_px: float = 4.0
    still_motion_px: float = 0.1
    still_colour: float = 4 / 255


PREVIEW_SETTINGS = TransferSettings(
    rounds=1, coarse_rounds=3, round_trip_px=None, still_motion_px=0.05, still_colour=2 / 255
)
"""For a first look at one pair of frames: less exact, and blind to what is hidden, but fast, and
soon to show a change that has only begun."""
