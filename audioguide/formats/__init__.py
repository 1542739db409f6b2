"""A mix becomes a file: one file per format."""
