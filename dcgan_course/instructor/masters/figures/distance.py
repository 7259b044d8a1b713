"""What the Frechet distance is: two clouds of points, each seen only as its middle and its spread."""

import numpy as np
from matplotlib.patches import Ellipse

from dcgan_course.instructor.masters.figures.canvas import WIDTH, new_figure, writer
from dcgan_lib.curves import BLUE, ORANGE
from dcgan_lib.quality import frechet_distance

WORDS = {
    "en": {
        "titles": ("somewhere else", "all alike", "nearly the same"),
        "real": "real",
        "generated": "generated",
        "distance": "distance",
    },
    "ko": {
        "titles": ("다른 곳에 있음", "모두 비슷함", "거의 같음"),
        "real": "진짜",
        "generated": "생성된 그림",
        "distance": "거리",
    },
}
HEIGHT = 4.2
SCALE = 0.38  # Inches for one unit: two clouds side by side fit into a third of the figure.
POINTS = 300
REAL = ((0, 0), ((1.0, 0.5), (0.5, 0.8)))  # Mean and covariance.
GENERATED = (((3.2, 1.6), REAL[1]), (REAL[0], ((0.05, 0.02), (0.02, 0.04))), REAL)


def draw_distance(language):
    """Draws three generators' points beside the real ones, with the distance of each, for "en" or "ko"."""
    figure, axes = new_figure(HEIGHT)
    words, write = WORDS[language], writer(axes, language)

    real = _draw_points(REAL, seed=0)
    for panel, (cloud, title) in enumerate(zip(GENERATED, words["titles"], strict=True)):
        generated = _draw_points(cloud, seed=panel + 1)
        x = WIDTH / 6 + panel * WIDTH / 3
        origin = np.array([x, 2.15]) - SCALE * np.divide(cloud[0], 2)
        for points, colour, marker in ((real, BLUE, "o"), (generated, ORANGE, "^")):
            _draw_cloud(axes, SCALE * points + origin, colour, marker)
        write(x, HEIGHT - 0.3, title)
        write(x, 0.3, f"{words['distance']} {measure(real, generated):.2g}")
    write(0.75, 2.85, words["real"], colour=BLUE)
    write(2.55, 1.4, words["generated"], colour=ORANGE)
    return figure


def measure(real, generated):
    """Returns the library's Frechet distance of two clouds `(n, 2)`: each point goes in as a picture of two pixels."""
    pictures = [points.reshape(-1, 1, 2, 1) for points in (real, generated)]
    return frechet_distance(*pictures, features=lambda images: images.reshape(-1, 2)).value


def _draw_points(cloud, seed):
    return np.random.default_rng(seed).multivariate_normal(*cloud, POINTS)


def _draw_cloud(axes, points, colour, marker):
    """Draws points, and over them their mean and the ellipse of two standard deviations."""
    x, y = points.T
    axes.scatter(x, y, s=7, color=colour, marker=marker, alpha=0.35, linewidths=0)
    values, vectors = np.linalg.eigh(np.cov(x, y))
    width, height = 4 * np.sqrt(values)
    angle = np.degrees(np.arctan2(vectors[1, 0], vectors[0, 0]))
    axes.add_patch(Ellipse((x.mean(), y.mean()), width, height, angle=angle, fill=False, color=colour, linewidth=2.5))
    axes.plot(x.mean(), y.mean(), marker, color=colour, markersize=11, markeredgecolor="white")
