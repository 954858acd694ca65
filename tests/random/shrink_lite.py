"""Makes a failing TensorFlow Lite case small: fewer steps behind, fewer in front, fewer samples."""

from draw_lite import LiteCase


def shrunk(checker, key, stages, case):
    """The smallest case found at which `checker` finds what `key` names."""

    def fails(candidate):
        return any(finding.key == key for finding in checker.lite(candidate, stages).findings)

    case = first(case, fails, (lambda count=count: case.tail(count) for count in range(1, len(case.graph.steps))))
    values = case.values()
    case = first(case, fails, (lambda value=value: case.head(value, values[value][:, 0]) for value in range(len(values) - 2, 0, -1)))
    samples = case.inputs[0][1]
    one = (lambda at=at: LiteCase(case.name, case.graph, case.quantities, samples[at : at + 1]) for at in range(len(samples)))
    return first(case, fails, one) if len(samples) > 1 else case


def first(case, fails, candidates):
    for make in candidates:
        try:
            candidate = make()
            if fails(candidate):
                return candidate
        except Exception:  # it cannot be made, or LiteRT does not take it
            continue
    return case
