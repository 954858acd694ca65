"""Draws graphs, checks them, makes what fails small and writes scripts of it.

usage: python check.py --core PROGRAM [--board PROGRAM] [--onnx FROM:TO] [--lite FROM:TO] [--folder FOLDER]
                       [--stages evaluate,plans,tflite,artifact] [--whole]

FROM:TO are seeds. Prints a line for each finding and each chunk of graphs; a summary goes to --summary, as JSON.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

import draw
import draw_lite
import shrink_lite
from compare import STAGES, Checker
from peers import Program
from script import lite_script, script
from shrink import Shrinker

# Graphs after which a line says how far it is.
CHUNK = 250
# Findings of one stage and kind that are made small, and scripts that are written of one kind.
SHRUNK = 400
SCRIPTS = 3


def stages_of(seed, given):
    """All stages for one graph in three, for the others evaluation alone: most of what is wrong shows there."""
    asked = given.stages.split(",")
    return [stage for stage in STAGES if stage in asked] if given.whole or seed % 3 == 0 else ["evaluate"]


class Report:
    """What was found."""

    def __init__(self, folder):
        self.folder, self.kinds, self.shrunk, self.drawn = folder, Counter(), Counter(), Counter()
        self.passed, self.refused, self.operators = Counter(), Counter(), Counter()

    def add(self, checker, case, stages):
        """Checks a case, and notes what came of it."""
        self.drawn["tflite" if hasattr(case, "graph") else "onnx"] += 1
        outcome = checker.lite(case, stages) if hasattr(case, "graph") else checker.onnx(case, stages)
        self.passed.update(outcome.passed)
        self.refused.update(outcome.refused)
        self.operators.update(set(case.operators))
        for finding in {finding.key: finding for finding in outcome.findings}.values():
            self.finding(checker, case, finding, stages)

    def finding(self, checker, case, finding, stages):
        self.shrunk[finding.key] += 1
        name, small = case.name, self.shrunk[finding.key] <= SHRUNK
        told = lambda case: self.told(checker, (name, case), finding, stages)
        kind = apart(checker, lambda: told(smaller(checker, case, finding, stages))) if small else None
        self.kinds[kind or told(case)] += 1

    def told(self, checker, named, finding, stages):
        """The kind of a finding; the first of a kind are printed, with a script."""
        name, case = named
        kind = f"{finding.stage}: {finding.kind} {' '.join(dict.fromkeys(case.operators))} {finding.key[2]}".strip()
        if self.kinds[kind] >= SCRIPTS:
            return kind
        check = checker.lite if hasattr(case, "graph") else checker.onnx
        found = [again for again in check(case, stages).findings if again.key == finding.key] or [finding]
        self.folder.mkdir(parents=True, exist_ok=True)
        words = "".join(letter if letter.isalnum() else " " for letter in f"{kind[:90]} {name}").split()
        path = self.folder / f"{'-'.join(words)}.py"
        path.write_text(lite_script(case, found[0]) if hasattr(case, "graph") else script(case, found[0], name))
        print(f"{name}: {kind}: {found[0].text[:200]}\n    {path}", flush=True)
        return kind

    def summary(self, seconds):
        return {"drawn": dict(self.drawn), "seconds": round(seconds, 1), "found": dict(self.kinds), "passed": dict(self.passed),
                "refused": dict(self.refused), "operators": dict(self.operators)}


def apart(checker, work):
    """The text that `work` gives in a process of its own, as peers end theirs on some models that are made smaller;
    None where that happens."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        ended = 1
        try:
            checker.alone()
            os.write(writer, work().encode())
            ended = 0
        finally:
            os._exit(ended)
    os.close(writer)
    with os.fdopen(reader) as given:
        text = given.read()
    return text if os.waitpid(child, 0)[1] == 0 else None


def smaller(checker, case, finding, stages):
    try:
        if hasattr(case, "graph"):
            return shrink_lite.shrunk(checker, finding.key, stages, case)
        return Shrinker(checker, finding.key, stages).shrunk(case)
    except Exception as error:
        print(f"{case.name} could not be made smaller: {error}", flush=True)
        return case


def seeds(text):
    first, last = text.split(":")
    return range(int(first), int(last))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--core", required=True)
    parser.add_argument("--board")
    parser.add_argument("--onnx", type=seeds, default=range(0))
    parser.add_argument("--lite", type=seeds, default=range(0))
    parser.add_argument("--summary", type=Path)
    parser.add_argument("--folder", type=Path, default=Path("tests/output/random"))
    parser.add_argument("--stages", default=",".join(STAGES))
    parser.add_argument("--whole", action="store_true", help="all stages for every graph")
    given = parser.parse_args()
    np.seterr(all="ignore")
    programs = [Program([path]) for path in (given.core, given.board) if path]
    checker, report, started = Checker(*programs), Report(given.folder), time.monotonic()
    for drawing, wanted in ((draw.onnx, given.onnx), (draw_lite.lite, given.lite)):
        for done, seed in enumerate(wanted, 1):
            case = drawing(seed)
            if case is not None:
                report.add(checker, case, stages_of(seed, given))
            if done % CHUNK == 0:
                print(f"  {done} of {len(wanted)} seeds, {sum(report.kinds.values())} findings, {time.monotonic() - started:.0f} s", flush=True)
    for program in programs:
        program.end()
    summary = json.dumps(report.summary(time.monotonic() - started), indent=1)
    if given.summary:
        given.summary.write_text(summary)
    else:
        print(summary)
    return 0


if __name__ == "__main__":
    sys.exit(main())
