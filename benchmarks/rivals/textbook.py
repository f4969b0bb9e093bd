"""The PyMC script that a competent user would write for one case, from a file of numbers to a table and a figure.

python textbook.py case.json [forest.png]
"""

import json
import sys

import arviz as az
import numpy as np
import pymc as pm
import pytensor.tensor as pt


def build(case):  # noqa: ANN001, ANN201, D103
    observed = np.array(case["observed"])[:, None]
    prior = case["prior_strength"] * np.array(case["prior"]) / sum(case["prior"])
    coords = {"indicator": np.arange(len(observed)), "hypothesis": np.arange(len(prior))}
    with pm.Model(coords=coords) as model:
        weight = pm.Dirichlet("weight", prior, dims="hypothesis")
        theta = pm.Beta("theta", case["alpha"], case["beta"], dims=("indicator", "hypothesis"))
        present = case["reliability"] * theta + (1 - case["reliability"]) * (1 - theta)
        log_likelihood = pm.logp(pm.Bernoulli.dist(present), observed).sum(axis=0)
        score = pt.log(weight) + log_likelihood
        pm.Potential("reports", pm.math.logsumexp(score))
        pm.Deterministic("probability", pm.math.softmax(score), dims="hypothesis")
    return model


if __name__ == "__main__":
    with open(sys.argv[1]) as file:  # noqa: PTH123
        case = json.load(file)
    with build(case):
        trace = pm.sample(random_seed=1, progressbar=False)
    table = az.summary(trace, var_names=["probability"], round_to="none")
    print(table.to_json())  # noqa: T201
    if len(sys.argv) > 2:
        az.plot_forest(trace, var_names=["probability"], backend="matplotlib").savefig(sys.argv[2])
