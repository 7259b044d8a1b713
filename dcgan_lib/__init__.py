"""The DCGAN of the lecture: its two networks, its training step, and what a notebook needs around them.

The names below are loaded when they are first used, so that `import dcgan_lib` costs nothing and the
commands answer at once.
"""

from dcgan_lib.system.keras_setup import check_keras
from dcgan_lib.system.lazy import lazy_names

_HOMES = {
    "DCGAN": "dcgan",
    "History": "run.history",
    "Images": "data",
    "LatentSpaceWalk": "play.latent_space_walk",
    "RealOrFake": "play.real_or_fake",
    "TimelinePage": "play.timeline_page",
    "TunedDCGAN": "tuned",
    "build_discriminator": "models",
    "build_generator": "models",
    "course_path": "data",
    "draw_digits": "data",
    "draw_faces": "data",
    "interpolate": "interpolation",
    "load_faces": "data",
    "load_mnist": "data",
    "make_animation": "run.timeline",
    "plot_images": "plotting",
    "plot_losses": "curves",
    "plot_measures": "curves",
    "plot_nearest_neighbours": "plotting",
    "plot_scores": "curves",
    "plot_timeline": "plotting",
    "scale_images": "scaling",
    "train": "training",
    "unscale_images": "scaling",
}
__all__ = sorted(_HOMES)
_WITH_KERAS = ("dcgan", "models", "training", "tuned")
__getattr__, __dir__ = lazy_names(__name__, _HOMES, check=lambda home: home in _WITH_KERAS and check_keras())
