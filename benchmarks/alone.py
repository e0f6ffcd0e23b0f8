"""`python -m benchmarks.alone`: one benchmark, in this process.

`benchmarks.cli` starts it. Everything that needs Django is imported after it was set up.
"""

from __future__ import annotations

import json
from importlib import import_module
from unittest.mock import patch

import django

from benchmarks.cli import BENCHMARKS, FILL, parser
from benchmarks.harness import Benchmark, Context
from benchmarks.sizes import SIZES
from benchmarks.stores import store_of


def main() -> int:
    options = parser().parse_args()
    django.setup()
    store, size = store_of(options.database), SIZES[options.size]
    if options.name == FILL:
        import_module("benchmarks.fill").ensure(store, size, fresh=options.fresh)
        return 0
    report = import_module("benchmarks.report")
    entry = BENCHMARKS[options.name]
    benchmark: Benchmark = import_module(entry.module).BENCHMARK
    context = Context(size=size, store=store, rounds=options.rounds, plan=options.plan)
    machine = report.machine(store.version, with_contents=entry.needs_world)
    print(f"{options.name}: {benchmark.about}\n{machine}\n\n{report.head()}")
    results = []
    # It is the same day in every run, whatever the clock says.
    noon = import_module("benchmarks.world").NOON
    with patch.object(import_module("outbox.clock"), "now", lambda: noon):
        for result in benchmark.run(context):
            print("\n".join(report.lines(result)), flush=True)
            results.append(result)
    print(flush=True)
    data = {
        "benchmark": options.name,
        "size": size.name,
        "machine": machine,
        "results": [report.as_data(result) for result in results],
    }
    options.json.write_text(json.dumps(data), encoding="utf-8")
    return int(not all(result.same for result in results))


if __name__ == "__main__":
    raise SystemExit(main())
