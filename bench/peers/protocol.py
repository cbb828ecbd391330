"""A peer as a child process: one JSON object a line, requests on standard input, answers on standard output."""

import json
import os
import sys
import time
import traceback
from importlib.metadata import version


def serve(make_runner, distributions):
    """Answers until standard input ends.

    `make_runner` takes a scenario and returns an object with
      `log_rewards(states)`: log R of terminal states, [n] from [n][width];
      `train(steps)`: training steps, finished when it returns;
      `freeze()`: from here on steps do all their work with a learning rate of 0;
      `statistics()`: `(mean length, distinct states)` of a new batch.
    `distributions` are the installed packages whose versions are reported.
    """
    # Libraries print to standard output as they like; answers have a stream of their own.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    runner = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["command"] == "prepare":
                runner = None  # the last one's memory first
                runner = make_runner(request["scenario"])
                answer = prepare(runner, request["scenario"], distributions)
            elif runner is None:
                raise ValueError(f"command: expected prepare first, got {request['command']}")
            elif request["command"] == "time":
                answer = {"seconds": seconds_of(runner, request["steps"])}
            elif request["command"] == "statistics":
                answer = statistics_of(runner, request["batches"])
            else:
                raise ValueError(f"command: expected prepare, time or statistics, got {request['command']}")
        except Exception:  # an answer, whatever went wrong: the other side waits for one
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers)


def prepare(runner, scenario, distributions):
    """Trains the policy that will be timed."""
    log_rewards = runner.log_rewards(scenario["terminalStates"])
    runner.train(scenario["policySteps"])
    runner.freeze()
    return {
        "versions": {name: version(name) for name in distributions},
        "logRewards": log_rewards,
    }


def seconds_of(runner, steps):
    """Of `steps` steps, after one that finds its data in the caches again."""
    runner.train(1)
    started = time.perf_counter()
    runner.train(steps)
    return time.perf_counter() - started


def statistics_of(runner, batches):
    """Means over the batches."""
    lengths, distinct = zip(*(runner.statistics() for _ in range(batches)))
    return {"meanLength": sum(lengths) / batches, "distinctStates": sum(distinct) / batches}
