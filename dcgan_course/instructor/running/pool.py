"""Many runs at once: on this machine's cores, or on a Dask cluster, through the same `concurrent.futures`."""

import contextlib
import functools
import signal
from concurrent.futures import FIRST_COMPLETED, CancelledError, ThreadPoolExecutor, wait

from dcgan_course.instructor.running.execution import Stop, execute
from dcgan_course.instructor.running.verdict import failure
from dcgan_course.refused import Refused


@contextlib.contextmanager
def local_pool(workers, report):
    """Yields `submit` and `stop` for runs on this machine.

    Args:
        workers: How many run at once.
        report: Called with each run's progress, from any thread.
    """
    stop = Stop()
    executor = ThreadPoolExecutor(workers)
    try:
        yield functools.partial(executor.submit, functools.partial(execute, report=report, stop=stop)), stop.press
    except BaseException:
        stop.pressed = 2
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def cluster_pool(address, report):
    """Yields `submit` and `stop` for runs on a Dask cluster.

    The notebook travels with the job, and what it wrote travels back. A run whose worker is lost is
    given to another by Dask. A run that is stopped is not brought back.

    Args:
        address: The scheduler's, `tcp://host:port`.
        report: Called with each run's progress.

    Raises:
        Refused: If Dask is not installed, or nothing answers there, or no worker is connected.
    """
    try:
        from distributed import Client

        from dcgan_course.instructor.running import travel
    except ImportError:
        raise Refused('--scheduler needs Dask: pip install "dcgan-course[cluster]".') from None
    try:
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise Refused(f"--scheduler: no Dask scheduler answers at '{address}' ({error}).") from None
    with client:
        slots = travel.count_slots(client)
        if not slots:
            raise Refused(f"--scheduler: no worker is connected to '{address}'. Start some: dask worker {address}")
        client.subscribe_topic(travel.TOPIC, lambda event: report(event[1]))
        executor = client.get_executor(pure=False)
        futures = []

        def submit(job):
            futures.append(executor.submit(travel.execute_away, travel.pack(job), slots))
            return travel.unpacked(futures[-1], job)

        def stop():
            for future in futures:
                future.cancel()

        yield submit, stop


STOPPING = "Stopping: trainings save their checkpoints. Once more ends them at once."


def run_all(jobs, pool, progress, done, stopping=STOPPING):
    """Runs all jobs; what goes wrong with one is that one's alone.

    Args:
        jobs: List of jobs, as `execute` takes them.
        pool: One of the context managers above, entered here.
        progress: The `ProgressDisplay` to tell.
        done: Called with each result as it comes, in this thread.
        stopping: What is said after Ctrl-C.

    Returns:
        Whether all was run: False after Ctrl-C.
    """
    with pool as (submit, stop), _counted_interrupts() as interrupts:
        names = {submit(job): job["name"] for job in jobs}
        waiting = set(names)
        complete = True
        while waiting:
            ready, _ = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
            progress.show()
            for future in ready:
                done(_result(future, names[future]))
                waiting.discard(future)
            if len(interrupts) > 1:
                raise KeyboardInterrupt
            if interrupts and waiting and complete:
                complete = False
                progress.say(stopping)
                stop()
                for future in list(waiting):
                    future.cancel()
    return complete


@contextlib.contextmanager
def _counted_interrupts():
    """Yields a list that grows with each Ctrl-C and each `kill` of this process.

    As an exception they would come up wherever this thread is, and be lost in a library that catches everything
    (nbconvert's imports do). Whoever presses a third time does not want to wait for the count to be looked at.
    """
    interrupts = []

    def note(number, frame):
        interrupts.append(number)
        if len(interrupts) > 2:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _result(future, name):
    try:
        return future.result()
    except CancelledError:
        return failure(name, "It was not started.", "stopped")
    except Exception as error:
        return failure(name, f"{type(error).__name__}: {error}")
