"""The measures of a run as curves."""


def draw_measures(figure, measures, blue, orange, grey):
    """Draws the distance with its floor, and the diversity, side by side into a `matplotlib.figure.Figure`.

    Takes a list of what `measure_images` returned, each with its `step`, and three of matplotlib's colours.
    """
    steps = [row["step"] for row in measures]
    name = "frechet_distance" if "frechet_distance" in measures[0] else "kernel_distance"
    left, right = figure.subplots(1, 2)
    left.plot(steps, [row[name] for row in measures], "o-", color=blue, label="generated")
    left.plot(steps, [row["floor"] for row in measures], "--", color=grey, label="real against real")
    left.set(title=f"{name.replace('_', ' ')}, {measures[-1]['n']:,.0f} pictures", xlabel="step")
    right.plot(steps, [row["diversity"] for row in measures], "o-", color=orange, label="generated")
    right.axhline(1, color=grey, linestyle="--", label="real")
    right.set(title="diversity", xlabel="step")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_ylim(min(0, axes.get_ylim()[0]))
        axes.legend(frameon=False)
