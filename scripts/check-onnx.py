"""Runs the official ONNX checker on every .onnx file of a folder: python scripts/check-onnx.py DIR

Needs the package `onnx`. Prints one line for each file that fails; the exit status is 1 if any does or none is found.
"""

import pathlib
import sys

import onnx


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    files = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
    failures = 0
    for file in files:
        try:
            onnx.checker.check_model(onnx.load(file), full_check=True)
        except Exception as error:  # the checker raises several kinds
            failures += 1
            print(f"{file.name}: {error}")
    print(f"{len(files) - failures} of {len(files)} models passed")
    return 0 if files and failures == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
