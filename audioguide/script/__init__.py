"""The script: the model of its format, and the reader that finds every mistake in it with its place."""
