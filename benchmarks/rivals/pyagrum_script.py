"""The point-valued case with pyAgrum, from a file of numbers to the posterior.

python pyagrum_script.py case.json

Built in code: read from a BIF file, its tables come out in single precision, 2e-8 from the answer.
"""

import json
import sys

import numpy as np
import pyagrum as gum


def build(case):  # noqa: ANN001, ANN201, D103
    network = gum.BayesNet()
    network.add(gum.LabelizedVariable("h", "h", len(case["prior"])))
    network.cpt("h")[:] = np.array(case["prior"]) / sum(case["prior"])
    for i in range(len(case["observed"])):
        network.add(gum.LabelizedVariable(f"i{i}", f"i{i}", 2))
        network.addArc("h", f"i{i}")
    fill(network, case)
    return network


def fill(network, case):  # noqa: ANN001, ANN201, D103
    means = np.array(case["mean"])
    present = case["reliability"] * means + (1 - case["reliability"]) * (1 - means)
    for i, row in enumerate(present):
        network.cpt(f"i{i}")[:] = np.column_stack([1 - row, row])


def answer(network, observed):  # noqa: ANN001, ANN201, D103
    inference = gum.LazyPropagation(network)
    inference.setEvidence({f"i{i}": value for i, value in enumerate(observed)})
    inference.makeInference()
    return inference.posterior("h").tolist()


if __name__ == "__main__":
    with open(sys.argv[1]) as file:  # noqa: PTH123
        numbers = json.load(file)
    print(json.dumps(answer(build(numbers), numbers["observed"])))  # noqa: T201
