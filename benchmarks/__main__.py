"""`python -m benchmarks [NAME…]` runs all benchmarks, or those named; exit code 1 when a target is missed."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
import time
from types import ModuleType

import benchmarks
from benchmarks.machine import machine
from benchmarks.report import print_rows, write_rows


def found() -> dict[str, ModuleType]:
    """The benchmarks by name: modules of this package that have `run`."""
    modules = {
        info.name: importlib.import_module(f"benchmarks.{info.name}")
        for info in pkgutil.iter_modules(benchmarks.__path__)
        if info.name != "__main__"
    }
    return {name: module for name, module in sorted(modules.items()) if hasattr(module, "run")}


def main() -> int:
    """Run what is asked for."""
    known = found()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=benchmarks.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(known)}; none runs all")
    names = parser.parse_args().names or list(known)
    unknown = [name for name in names if name not in known]
    if unknown:
        parser.error(f"{unknown[0]}: there is no such benchmark: use one of {', '.join(known)}")
    missed = False
    for name in names:
        question = (known[name].__doc__ or name).strip().splitlines()[0]
        ran_on = machine()
        started = time.monotonic()
        rows = known[name].run(
            lambda text, begun=started: print(f"{time.monotonic() - begun:6.1f} s  {text}", file=sys.stderr)
        )
        print_rows(name, question, rows, ran_on)
        print(f"written to {write_rows(name, question, rows, ran_on)}")
        missed = missed or any(row.meets_target is False for row in rows)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
