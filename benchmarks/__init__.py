"""The figures that this project promises, each made by one command: `python -m benchmarks`."""
