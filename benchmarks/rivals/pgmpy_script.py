"""The point-valued case with pgmpy, from a file of numbers to the posterior.

python pgmpy_script.py case.json
"""

import json
import sys

import numpy as np
from pgmpy.factors.discrete import TabularCPD
from pgmpy.inference import VariableElimination
from pgmpy.models import DiscreteBayesianNetwork


def build(case):  # noqa: ANN001, ANN201, D103
    prior = np.array(case["prior"]) / sum(case["prior"])
    network = DiscreteBayesianNetwork([("h", f"i{i}") for i in range(len(case["observed"]))])
    network.add_cpds(TabularCPD("h", len(prior), prior[:, None]))
    for i, mean in enumerate(np.array(case["mean"])):
        present = case["reliability"] * mean + (1 - case["reliability"]) * (1 - mean)
        network.add_cpds(TabularCPD(f"i{i}", 2, [1 - present, present], evidence=["h"], evidence_card=[len(prior)]))
    return network


def answer(network, observed):  # noqa: ANN001, ANN201, D103
    evidence = {f"i{i}": value for i, value in enumerate(observed)}
    return VariableElimination(network).query(["h"], evidence, show_progress=False).values.tolist()


if __name__ == "__main__":
    with open(sys.argv[1]) as file:  # noqa: PTH123
        numbers = json.load(file)
    print(json.dumps(answer(build(numbers), numbers["observed"])))  # noqa: T201
