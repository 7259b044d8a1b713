"""The exercises of the three notebooks, for a student's machine, which does not have the masters."""

from dcgan_course.exercises.exercise import Task

# From a notebook's name to its tasks. A test compares this table with the masters.
TASKS = {
    "01_mnist": (
        Task("1.1", "pad_and_filter", "ex11"),
        Task("1.2", "generator_shapes", "ex12"),
    ),
    "02_faces_grayscale": (
        Task("2.1", "load_face", "ex21"),
        Task("2.2", "scale_images", "ex22"),
        Task("2.3", "build_generator", "ex23"),
        Task("2.4", "build_discriminator", "ex24"),
        Task("2.5", "train_step", "ex25"),
    ),
    "03_faces_colour": (
        Task("3.1", "load_face", "ex31"),
        Task("3.2", "build_generator", "ex32"),
        Task("3.3", "build_discriminator", "ex33"),
        Task("3.4", "count_parameters", "ex34"),
        Task("3.5", "colour_grid", "ex35"),
    ),
}


def find_task(key):
    """Returns the `Task` with a key such as "2.1"."""
    return next(task for tasks in TASKS.values() for task in tasks if task.key == key)
