"""Curves of a run, step by step: losses, scores, measures. What draws returns the figure."""

import math

import numpy as np

from dcgan_lib.grid import tile_images
from dcgan_lib.plotting import draw_panel
from dcgan_lib.run.history import distance_name
from dcgan_lib.system.figures import Figure, own_style

# Blue and vermilion of Okabe and Ito (2008): told apart by every common colour vision.
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#767676"


@own_style()
def plot_losses(history):
    """Draws both losses step by step, with the line at log 2 where nobody can tell real from fake.

    A discriminator that answers 1/2 to everything has the loss log 2 = 0.693, and so has its
    generator (Goodfellow et al. 2014, theorem 1). Thin lines are the steps, thick ones their running mean.

    Args:
        history: The `History` of a run.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    figure, axes = _empty_chart()
    _draw_losses(axes, history)
    return figure


@own_style()
def plot_progress(images, history, step):
    """Draws a run's newest grid beside the running means of its losses: what `train` shows in a notebook.

    Tens of thousands of single steps would take a second to draw, and the training waits for it.

    Args:
        images: uint8 `(n, height, width, channels)`, 0 to 255, or float in [-1, 1].
        history: The `History` up to here.
        step: After which step the images were drawn.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(2, 3))
    draw_panel(left, np.asarray(tile_images(images, scale=1)), f"after step {step:,}")
    _draw_losses(right, history, each_step=False)
    return figure


@own_style()
def plot_scores(history):
    """Draws D(x) and D(G(z)) step by step: how real the discriminator calls real and generated images.

    At first they are far apart; the better the generator, the closer both come to 1/2.

    Args:
        history: The `History` of a run.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    curves = {"D(x), real images": (history.d_real, BLUE), "D(G(z)), generated images": (history.d_fake, ORANGE)}
    figure, axes = _empty_chart()
    _draw_curves(axes, curves, "What the discriminator says", "probability of being real")
    axes.axhline(0.5, color=GREY, linestyle="--", linewidth=1, label="1/2: cannot tell real from fake")
    axes.set_ylim(0, 1)
    axes.legend(loc="upper right", edgecolor="none")  # On a pale ground: single steps reach up to it.
    return figure


@own_style()
def plot_measures(history):
    """Draws the measures of a run that was trained with `evaluate_every`: the distance with its floor, and diversity.

    Takes a `History`, returns a `matplotlib.figure.Figure`; raises a `ValueError` where there are no measures.
    """
    if not history.measures:
        raise ValueError("plot_measures: this run was not measured. Train with evaluate_every=1000, for example.")
    measures = history.measures
    steps = [row["step"] for row in measures]
    name = distance_name(measures[0])
    figure = Figure(figsize=(8, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(steps, [row[name] for row in measures], "o-", color=BLUE, label="generated")
    left.plot(steps, [row["floor"] for row in measures], "--", color=GREY, label="real against real")
    left.set(title=f"{name.replace('_', ' ')}, {measures[-1]['n']:,.0f} pictures", xlabel="step")
    right.plot(steps, [row["diversity"] for row in measures], "o-", color=ORANGE, label="generated")
    right.axhline(1, color=GREY, linestyle="--", label="real")
    right.set(title="diversity", xlabel="step")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_ylim(min(0, axes.get_ylim()[0]))
        axes.legend(frameon=False)
    return figure


def _empty_chart():
    figure = Figure(figsize=(8, 4), layout="constrained")
    return figure, figure.subplots()


def _draw_losses(axes, history, each_step=True):
    curves = {"discriminator loss": (history.d_loss, BLUE), "generator loss": (history.g_loss, ORANGE)}
    _draw_curves(axes, curves, "Generator and discriminator loss", "loss", each_step)
    axes.axhline(math.log(2), color=GREY, linestyle="--", linewidth=1, label="log 2: cannot tell real from fake")
    highest = max((np.percentile(values, 99.5) for values, _ in curves.values() if len(values)), default=1.0)
    axes.set_ylim(0, 1.1 * max(1.0, highest) if np.isfinite(highest) else None)
    axes.legend(loc="upper right", edgecolor="none")  # On a pale ground: single steps reach up to it.


def _draw_curves(axes, curves, title, label, each_step=True):
    for name, (values, colour) in curves.items():
        values = values if len(values) else np.array([np.nan])  # Nothing to draw, but its name in the legend.
        steps = np.arange(len(values))
        if each_step:
            axes.plot(steps, values, color=colour, alpha=0.3, linewidth=0.3)
        window = max(1, len(values) // 100)
        mean = np.convolve(values, np.full(window, 1 / window), mode="valid")
        axes.plot(steps[window - 1 :], mean, color=colour, linewidth=1.5, label=name)
    axes.set(title=title, xlabel="step (one batch each)", ylabel=label)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0)
