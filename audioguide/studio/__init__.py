"""The studio: a local page to hear, change and build a script in."""
