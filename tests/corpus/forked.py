"""Jobs that each run in a forked process of their own, as a user's program would, with Keras imported before."""

import multiprocessing
import time


def each(work, jobs, at_once, limit):
    """(job, result, error) of every job as it ends; `error` says why there is none, after `limit` seconds at most."""
    context = multiprocessing.get_context("fork")
    waiting, running = list(jobs), []
    while waiting or running:
        while waiting and len(running) < at_once:
            job = waiting.pop(0)
            mine, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_send, args=(work, job, theirs))
            process.start()
            theirs.close()
            running.append((job, process, mine, time.monotonic()))
        for entry in list(running):
            job, process, pipe, since = entry
            if not pipe.poll(0.05) and time.monotonic() - since < limit:
                continue
            running.remove(entry)
            yield job, *_received(pipe, limit)
            process.kill()
            process.join()


def _send(work, job, pipe):
    pipe.send(work(job))


def _received(pipe, limit):
    try:
        return (pipe.recv(), "") if pipe.poll() else (None, f"no answer within {limit} s")
    except EOFError:
        return None, "the process died"
