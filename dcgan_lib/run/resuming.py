"""An earlier run in the same folder: gone on with, returned as it is, or moved aside."""

from dcgan_lib.run.checkpoints import Checkpoint
from dcgan_lib.run.folder import saved_grids
from dcgan_lib.run.history import History
from dcgan_lib.system.output import say


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
        OSError: If the folder cannot be read now; nothing in it was changed.
    """
    run, is_run = _read_run(folder)
    finished = run.get("finished", False)
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
    if is_run or checkpoint is not None or saved_grids(folder.path):
        with folder.explaining(verb="moved aside"):
            aside = folder.move_aside()
        say(f"The earlier run in {folder.path.name} is kept as {aside.name}; this one starts from the beginning.")
    return None, False


def _read_run(folder):
    """Returns what `run.json` holds, empty where it cannot be used, and whether there is a run at all."""
    try:
        run = History.load(folder.path).run
        return {**run, "finished": bool(run["finished"])}, True
    except FileNotFoundError:
        return {}, False
    except (ValueError, LookupError, TypeError):
        say(f"The history.csv or run.json in {folder.path.name} is damaged; the checkpoints say how far the run was.")
        return {}, True


def return_first_steps(folder, checkpoint, steps):
    """Returns the `History` of the first steps of a run that has made as many or more, and says so."""
    returned = "all" if steps == len(checkpoint) else f"the first {steps:,}"
    say(
        f"{folder.path.name} holds this run already, {len(checkpoint):,} steps of it: nothing is trained, the history "
        f"of {returned} is returned. For a new run name another folder or use resume=False."
    )
    measures = [row for row in checkpoint.measures if row["step"] < steps]
    return History(checkpoint.values[:steps], _read_run(folder)[0], measures)
