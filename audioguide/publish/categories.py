"""Apple's categories, which every podcast directory reads. A feed with any other is refused."""

from __future__ import annotations

from audioguide.errors import Problem
from audioguide.script.load import LoadedScript
from audioguide.script.problems import nearest, quoted

CATEGORIES: dict[str, tuple[str, ...]] = {
    "Arts": ("Books", "Design", "Fashion & Beauty", "Food", "Performing Arts", "Visual Arts"),
    "Business": ("Careers", "Entrepreneurship", "Investing", "Management", "Marketing", "Non-Profit"),
    "Comedy": ("Comedy Interviews", "Improv", "Stand-Up"),
    "Education": ("Courses", "How To", "Language Learning", "Self-Improvement"),
    "Fiction": ("Comedy Fiction", "Drama", "Science Fiction"),
    "Government": (),
    "Health & Fitness": (
        "Alternative Health",
        "Fitness",
        "Medicine",
        "Mental Health",
        "Nutrition",
        "Sexuality",
    ),
    "History": (),
    "Kids & Family": ("Education for Kids", "Parenting", "Pets & Animals", "Stories for Kids"),
    "Leisure": (
        "Animation & Manga",
        "Automotive",
        "Aviation",
        "Crafts",
        "Games",
        "Hobbies",
        "Home & Garden",
        "Video Games",
    ),
    "Music": ("Music Commentary", "Music History", "Music Interviews"),
    "News": (
        "Business News",
        "Daily News",
        "Entertainment News",
        "News Commentary",
        "Politics",
        "Sports News",
        "Tech News",
    ),
    "Religion & Spirituality": (
        "Buddhism",
        "Christianity",
        "Hinduism",
        "Islam",
        "Judaism",
        "Religion",
        "Spirituality",
    ),
    "Science": (
        "Astronomy",
        "Chemistry",
        "Earth Sciences",
        "Life Sciences",
        "Mathematics",
        "Natural Sciences",
        "Nature",
        "Physics",
        "Social Sciences",
    ),
    "Society & Culture": (
        "Documentary",
        "Personal Journals",
        "Philosophy",
        "Places & Travel",
        "Relationships",
    ),
    "Sports": (
        "Baseball",
        "Basketball",
        "Cricket",
        "Fantasy Sports",
        "Football",
        "Golf",
        "Hockey",
        "Rugby",
        "Running",
        "Soccer",
        "Swimming",
        "Tennis",
        "Volleyball",
        "Wilderness",
        "Wrestling",
    ),
    "TV & Film": ("After Shows", "Film History", "Film Interviews", "Film Reviews", "TV Reviews"),
    "Technology": (),
    "True Crime": (),
}
"""Category -> its subcategories."""

_WRITTEN = {
    " > ".join(parts).casefold(): parts
    for category, subcategories in CATEGORIES.items()
    for parts in ((category,), *((category, subcategory) for subcategory in subcategories))
}


def read_category(text: str) -> tuple[str, ...]:
    """`Health & Fitness > Fitness` as its parts, in Apple's own spelling. Raises ValueError that says what was meant."""
    written = " > ".join(" ".join(part.split()) for part in text.split(">"))
    if parts := _WRITTEN.get(written.casefold()):
        return parts
    hint = _meant(written) or f"Apple's categories: {', '.join(CATEGORIES)}"
    raise ValueError(f"{quoted(text)} is not one of Apple's categories; {hint}")


def category_problem(loaded: LoadedScript) -> Problem | None:
    """What is wrong with the show's category, at its place; None where nothing is."""
    category = loaded.script.show.category
    try:
        if category is not None:
            read_category(category)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        place = loaded.places.of(("show", "category"))
        return Problem(place.file, place.line, place.column, "show.category", message, hint or None)
    return None


def _meant(written: str) -> str | None:
    """What was probably meant: a subcategory without its category, or a name that is nearly right."""
    last = written.rpartition(" > ")[2].casefold()
    for parts in _WRITTEN.values():
        if len(parts) == 2 and parts[1].casefold() == last:
            return f'write "{" > ".join(parts)}"'
    first = written.partition(" > ")[0].casefold()
    category = next((name for name in CATEGORIES if name.casefold() == first), None)
    if category is not None and ">" in written:
        names = (f"{category} > {name}" for name in CATEGORIES[category])
        return nearest(written, names) or f"{category} has: {', '.join(CATEGORIES[category]) or 'no subcategories'}"
    close = nearest(written, (" > ".join(parts) for parts in _WRITTEN.values()))
    return close or nearest(last, (name for names in CATEGORIES.values() for name in names))
