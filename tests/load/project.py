# project.py FILE PLAYS SEED
#
# The model of services/planning/control/simulation.h in vectorised NumPy: each line of FILE is a task, with its three points, its planned day
# and its finish-to-start predecessors. Prints the seconds that it took, the mean finish and its P50 and P90.
import sys
import time

import numpy as np


def ranks(values):
    order = np.argsort(values, kind="stable")
    result = np.empty(len(values))
    result[order] = np.arange(len(values))
    return result


def simulate(tasks, plays, seed):
    random = np.random.default_rng(seed)
    n = len(tasks)
    durations = np.empty((n, plays))
    for i, (low, likely, high, _, _) in enumerate(tasks):
        alpha = 1 + 4 * (likely - low) / (high - low)
        durations[i] = low + (high - low) * random.beta(alpha, 6 - alpha, plays)
    begin = np.empty((n, plays))
    for i, (_, _, _, planned, before) in enumerate(tasks):
        begin[i] = planned
        for p in before:
            np.maximum(begin[i], begin[p] + durations[p], out=begin[i])
    end = begin + durations
    finish = end.max(axis=0)
    latest = finish - durations
    for i in range(n - 1, -1, -1):
        for p in tasks[i][4]:
            np.minimum(latest[p], latest[i] - durations[p], out=latest[p])
    critical = np.mean(latest - begin <= 1e-9, axis=1)
    of_finish = ranks(finish)
    correlations = [np.corrcoef(ranks(durations[i]), of_finish)[0, 1] for i in range(n)]
    return [finish.mean(), *np.quantile(finish, [0.1, 0.5, 0.8, 0.9]), critical.sum(), sum(correlations)]


tasks = []
for line in open(sys.argv[1], encoding="ascii"):
    words = line.split()
    tasks.append((*map(float, words[:4]), [int(word) for word in words[4:]]))
simulate(tasks, 10, 0)
begin = time.perf_counter()
figures = simulate(tasks, int(sys.argv[2]), int(sys.argv[3]))
print(time.perf_counter() - begin, figures[0], figures[2], figures[4])
