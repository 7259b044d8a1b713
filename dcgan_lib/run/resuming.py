"""An earlier run in the same folder: gone on with, returned as it is, or moved aside."""

from dcgan_lib.run.checkpoints import Checkpoint
from dcgan_lib.run.folder import saved_grids
from dcgan_lib.run.history import History


def find_checkpoint(folder, identity, resume):
    """Finds what a run goes on from; moves an earlier run aside that it does not go on from.

    Args:
        folder: The `OutputFolder`.
        identity: What `identify` says of the run that is to train.
        resume: Whether to go on at all.

    Returns:
        The newest `Checkpoint` or None, and whether its run was finished.

    Raises:
        ValueError: If the folder holds an unfinished run of something else.
    """
    try:
        before = History.load(folder.path)
    except FileNotFoundError:
        before = None
    finished = before is not None and before.run["finished"]
    checkpoint = Checkpoint.load_newest(folder.path) if resume else None
    if checkpoint is not None:
        differing = [
            key for key in {**identity, **checkpoint.identity} if checkpoint.identity.get(key) != identity.get(key)
        ]
        if not differing:
            return checkpoint, finished
        if not finished:
            was = "; ".join(f"{key}: {checkpoint.identity.get(key)}, now {identity.get(key)}" for key in differing)
            raise ValueError(
                f"train: '{folder.path}' holds an unfinished run ({len(checkpoint):,} steps) of something else "
                f"({was}). Go back to what it had, name another output_dir, or start anew with resume=False."
            )
    if before is not None or checkpoint is not None or saved_grids(folder.path):
        aside = folder.move_aside()
        print(f"The earlier run in {folder.path.name} is kept as {aside.name}; this one starts from the beginning.")
    return None, False


def return_first_steps(folder, checkpoint, steps):
    """Returns the `History` of the first steps of a run that has made as many or more, and says so."""
    returned = "all" if steps == len(checkpoint) else f"the first {steps:,}"
    print(
        f"{folder.path.name} holds this run already, {len(checkpoint):,} steps of it: nothing is trained, the history "
        f"of {returned} is returned. For a new run name another folder or use resume=False."
    )
    measures = [row for row in checkpoint.measures if row["step"] < steps]
    return History(checkpoint.values[:steps], History.load(folder.path).run, measures)
