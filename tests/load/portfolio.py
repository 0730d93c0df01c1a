# portfolio.py FILE YEARS SEED
#
# The model of services/risk/exposure/portfolio.h in vectorised NumPy: each risk of FILE (probability, mu, sigma on a line) occurs once a year
# at most and then costs a lognormal amount. Prints the seconds that it took, the mean, and value at risk and expected shortfall at 99 %.
import sys
import time

import numpy as np


def simulate(risks, years, seed):
    random = np.random.default_rng(seed)
    losses = np.zeros(years)
    occurrences = []
    for p, mu, sigma in risks:
        at = np.flatnonzero(random.random(years) < p)
        amounts = np.exp(random.normal(mu, sigma, len(at)))
        # No year comes twice, so this adds each amount.
        losses[at] += amounts
        occurrences.append((at, amounts))
    figures = [losses.mean(), losses.std() / np.sqrt(years), np.mean(losses == 0)]
    for level in (0.95, 0.99):
        rank = int(np.ceil(level * years)) - 1
        value_at_risk = np.partition(losses, rank)[rank]
        excess = np.maximum(losses - value_at_risk, 0)
        figures += [value_at_risk, value_at_risk + excess.mean() / (1 - level)]
    tail = losses > value_at_risk
    shares = [amounts[tail[at]].sum() / years / 0.01 for at, amounts in occurrences]
    figures.append(sum(shares))
    for level in (0.5, 0.75, 0.9, 0.95, 0.99):
        rank = int(np.ceil(level * years)) - 1
        threshold = np.partition(losses, rank)[rank]
        figures.append(np.mean(losses > threshold))
    return figures


risks = [tuple(map(float, line.split())) for line in open(sys.argv[1], encoding="ascii")]
simulate(risks[:2], 10000, 0)
begin = time.perf_counter()
figures = simulate(risks, int(sys.argv[2]), int(sys.argv[3]))
print(time.perf_counter() - begin, figures[0], figures[5], figures[6])
