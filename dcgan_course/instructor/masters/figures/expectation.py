"""What to expect of a training: three grids of generated pictures side by side."""

from dcgan_course.instructor.masters.figures.canvas import WIDTH, new_figure, place_image, tile, writer
from dcgan_course.instructor.masters.figures.snapshots import STATES, read_snapshot

WORDS = {
    "en": {"early": "at first", "good": "a good run", "collapsed": "collapsed: all alike"},
    "ko": {"early": "처음", "good": "잘된 훈련", "collapsed": "붕괴: 모두 비슷함"},
}
HEIGHT = 3.4


def draw_expectation(language, kind):
    """Draws the early, the good and the collapsed grid of a kind ("digits", "gray", "colour"), for "en" or "ko"."""
    figure, axes = new_figure(HEIGHT)
    write = writer(axes, language)
    for column, state in enumerate(STATES):
        x = WIDTH / 6 + column * WIDTH / 3
        place_image(axes, tile(read_snapshot(kind, state), columns=3), (x, 1.5), 3)
        write(x, 3.1, WORDS[language][state])
    return figure
