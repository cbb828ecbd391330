"""Prints the scalars that TensorBoard finds in a folder, as JSON: python test/log/read-events.py DIR"""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
events.Reload()
scalars = {
    tag: [{"wallTime": e.wall_time, "step": e.step, "value": e.value} for e in events.Scalars(tag)]
    for tag in events.Tags()["scalars"]
}
print(json.dumps(scalars))
