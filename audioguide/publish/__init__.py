"""A folder that any static host serves as a podcast: feed, media, chapters, transcripts, pages, one state file."""
