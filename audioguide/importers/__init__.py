"""Articles -> sections: a file per format."""
