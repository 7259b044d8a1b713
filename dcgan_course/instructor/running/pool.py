"""Many jobs at once: in threads of this process, or on a Dask cluster, through the same `concurrent.futures`."""

import contextlib
import functools
import signal
from concurrent.futures import FIRST_COMPLETED, CancelledError, ThreadPoolExecutor, wait

from dcgan_course.instructor.process.signals import handle_signals
from dcgan_course.instructor.running.log import RunProgress
from dcgan_course.instructor.running.result import Result
from dcgan_course.refused import Refused

STOPPING = "Stopping: trainings save their checkpoints. Press again to end them at once."


@contextlib.contextmanager
def thread_pool(workers, work, stop):
    """Yields `submit` and `stop` for jobs that are done in threads of this process, so many at once.

    `work` is called with a job and returns its `Result`. `stop` is called to stop what runs; a second call means at
    once.
    """
    executor = ThreadPoolExecutor(workers)
    try:
        yield functools.partial(executor.submit, work), stop
    except BaseException:
        stop()
        stop()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def connect(address):
    """Yields Dask's client of the scheduler at an address, and how many jobs each host takes at once, a dict.

    Raises:
        Refused: If Dask is not installed, or no scheduler answers, or no worker is connected to it.
    """
    try:
        from distributed import Client

        from dcgan_course.instructor.running.travel import count_slots
    except ImportError:
        raise Refused('--scheduler needs Dask: pip install "dcgan-course[cluster]".') from None
    try:
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise Refused(f"--scheduler: no Dask scheduler answers at '{address}' ({error}).") from None
    with client:
        slots = count_slots(client)
        if not slots:
            raise Refused(f"--scheduler: no worker is connected to '{address}'. Start some: dask worker {address}")
        yield client, slots


@contextlib.contextmanager
def cluster_pool(address, report):
    """Yields `submit` and `stop` for runs on a Dask cluster.

    The notebook travels with the job, and its files travel back. Dask gives a run whose worker is lost to another
    worker. The files of a run that is stopped do not come back. `report` is called with each run's `RunProgress`.
    Raises `Refused` as `connect` does.
    """
    with connect(address) as (client, slots):
        from dcgan_course.instructor.running import travel

        client.subscribe_topic(travel.TOPIC, lambda event: report(RunProgress(**event[1])))
        executor = client.get_executor(pure=False)
        futures = []

        def submit(run):
            futures.append(executor.submit(travel.execute_remotely, run, travel.pack_pictures(run), slots))
            return travel.bring_home(futures[-1], run)

        def stop():
            for future in futures:
                future.cancel()

        yield submit, stop


def run_all(jobs, pool, progress, done, stopping=STOPPING):
    """Runs all jobs, each of which has a `name`; an error in one job does not touch the others.

    Args:
        jobs: What the pool's `submit` is called with.
        pool: One of the context managers above, not yet entered.
        progress: A `ProgressDisplay`.
        done: Called in this thread with each `Result` as it comes.
        stopping: The line that is shown after Ctrl-C.

    Returns:
        Whether all jobs were run: False after Ctrl-C.
    """
    interrupts = []

    def count(number, frame):
        # A `KeyboardInterrupt` could be raised inside a library that catches everything, and be lost (it happened
        # while nbconvert was imported). So signals are counted. The third one is raised all the same: whoever presses
        # that often does not want to wait.
        interrupts.append(number)
        if len(interrupts) > 2:
            raise KeyboardInterrupt

    with pool as (submit, stop), handle_signals(count, signal.SIGINT, signal.SIGTERM):
        waiting = {submit(job): job.name for job in jobs}
        complete = True
        while waiting:
            ready, _ = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
            progress.show()
            for future in ready:
                done(_result(future, waiting.pop(future)))
            if len(interrupts) > 1:
                raise KeyboardInterrupt
            if interrupts and waiting and complete:
                complete = False
                progress.say(stopping)
                stop()
                for future in list(waiting):
                    future.cancel()
    return complete


def _result(future, name):
    try:
        return future.result()
    except CancelledError:
        return Result(name, "stopped", "It was not started.")
    except Exception as error:
        return Result(name, "failed", f"{type(error).__name__}: {error}")
