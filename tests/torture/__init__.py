"""What happens to a build in the worst of worlds: `python -m tests.torture`, or `poe torture`."""
