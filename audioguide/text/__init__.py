"""Written text -> spoken text: marks, sentences, readings. Pure."""
