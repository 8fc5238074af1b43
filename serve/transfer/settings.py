"""The weights of edit transfer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TransferSettings:
    """How motion and colour are estimated and carried to the photo.

    Colours are sRGB in [0, 1]; lengths are pixels of the network's frames.

    Attributes:
        rounds: alternations of motion and colour on every level of the pyramid (the paper: 3).
        coarsest_px: the pyramid halves the frames down to about this side.
        frame_blur_px: standard deviation of the blur of the frames before motion is sought.
        motion_smoothness: sigma_s of the paper, against the data term normalised to about one.
        faint_contrast: colour slopes per pixel below this count little as evidence of motion.
        robust_difference: colour differences beyond this count less than squared.
        motion_solver_steps: conjugate-gradient steps of one motion update.
        colour_window_px: standard deviation of the Gaussian window in which the colour map is
            fitted between neighbours; it plays the part of the paper's sigma_c.
        colour_ridge: how strongly that fit leans on the next coarser level's map (at the coarsest
            on the identity), against the mean square of the colours in the window.
        anchor_windows_px: windows, coarse to fine, of the colour map from the first frame.
        anchor_ridge: how strongly each of these fits leans on the one before.
        guide_radius_px: half the side of the guided filter's windows.
        guide_ridge: epsilon of the guided filter; less variance in the guide does not steer.
        border_px: over this width the edit fades out towards a frame border inside the photo.
        still_motion_px: smaller motions count as none.
        still_colour: smaller changes of colour count as none.
    """

    rounds: int = 3
    coarsest_px: int = 16
    frame_blur_px: float = 0.8
    motion_smoothness: float = 0.2
    faint_contrast: float = 0.15
    robust_difference: float = 0.03
    motion_solver_steps: int = 12
    colour_window_px: float = 3.0
    colour_ridge: float = 3e-4
    anchor_windows_px: tuple[float, ...] = (8.0, 4.0, 2.0)
    anchor_ridge: float = 3e-3
    guide_radius_px: int = 3
    guide_ridge: float = 1e-3
    border_px: float = 4.0
    still_motion_px: float = 0.1
    still_colour: float = 4 / 255
