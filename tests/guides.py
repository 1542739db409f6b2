"""What tests of guides share: a walk of five stops in three languages, written to a folder and built with the tone engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from PIL import Image, ImageDraw

from audioguide.build import build
from audioguide.cli.publish_guide import told_of
from audioguide.episode import Episode
from audioguide.guide.collect import Told
from audioguide.guide.publication import Published, Request, publish_guide
from audioguide.ledger import Order
from audioguide.plan import Plan
from audioguide.publish.collect import Built
from audioguide.settings import load_settings

BASE = "https://example.org/walk/"
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)

_ENGLISH = (
    ("fort", "The fort on the hill", "Stand with your back to the gate. The wall beside you is older than the town. Count the loopholes: there are seven, and one of them is painted on."),
    ("harbour", "The old harbour", "Ships came in here until the river moved. The iron rings are still in the stone. Touch one, and feel how the ropes have worn it."),
    ("mill", "The mill & its wheel", "The wheel turns on Sundays. It drove a saw, then a pump, then nothing at all."),
    ("square", "Market square", "Look for the fish above the door. Whoever lived there paid the harbour tax in herring. Nobody collects it now."),
    ("tower", "The leaning tower", "It leans by two degrees. It has done so since the week it was finished."),
)  # fmt: skip
_GERMAN = (
    ("fort", "Die Festung auf dem Hügel", "Stellen Sie sich mit dem Rücken zum Tor. Die Mauer neben Ihnen ist älter als die Stadt. Zählen Sie die Schießscharten: Es sind sieben, und eine davon ist gemalt."),
    ("harbour", "Der alte Hafen", "Hier liefen Schiffe ein, bis der Fluss sich verlegte. Die Eisenringe sitzen noch im Stein. Berühren Sie einen."),
    ("mill", "Die Mühle und ihr Rad", "Das Rad dreht sich sonntags. Es trieb eine Säge an, dann eine Pumpe, dann gar nichts mehr."),
    ("square", "Marktplatz", "Suchen Sie den Fisch über der Tür. Wer dort wohnte, zahlte die Hafensteuer in Heringen."),
    ("tower", "Der schiefe Turm", "Er neigt sich um zwei Grad. Das tut er seit der Woche, in der er fertig wurde."),
)  # fmt: skip
_ARABIC = (
    ("fort", "القلعة على التل", "قف وظهرك إلى البوابة. الجدار بجانبك أقدم من المدينة. عُدّ الفتحات: إنها سبع، وإحداها مرسومة."),
    ("harbour", "الميناء القديم", "كانت السفن تدخل من هنا حتى غيّر النهر مجراه. ما زالت الحلقات الحديدية في الحجر."),
    ("mill", "الطاحونة ودولابها", "يدور الدولاب أيام الأحد. كان يحرّك منشارًا ثم مضخة ثم لا شيء."),
)  # fmt: skip
TEXTS = {"en": _ENGLISH, "de": _GERMAN, "ar": _ARABIC}
TITLES = {"en": "A walk through the old town", "de": "Ein Gang durch die Altstadt", "ar": "جولة في البلدة القديمة"}
ABOUT = {
    "en": "Five stops, half an hour on foot. Start anywhere.",
    "de": "Fünf Stationen, eine halbe Stunde zu Fuß. Beginnen Sie, wo Sie wollen.",
    "ar": "خمس محطات، نصف ساعة سيرًا. ابدأ من حيث تشاء.",
}
MORE = {"en": "More to know", "de": "Mehr zu wissen", "ar": "المزيد"}
NUMBERS = (12, 13, 20, 21, 100)
PLACES = ("47.3702,8.5415", "47.3690,8.5431", "47.36895,8.54305", "47.3741,8.5389", "47.3663,8.5480")


def script(
    language: str, *, numbers: Sequence[int] = NUMBERS, texts: Sequence[tuple[str, str, str]] = ()
) -> dict[str, Any]:
    """The walk in one language, as a script."""
    stops = texts or TEXTS[language]
    sections = [
        {
            "title": title,
            "id": name,
            "stop": number,
            "image": f"{name}.png",
            "location": {"name": title, "geo": place},
            "segments": [text],
        }
        for number, place, (name, title, text) in zip(numbers, PLACES, stops, strict=False)
    ]
    sections[0]["link"] = "https://example.org/fort"
    sections[0]["more"] = [f"{MORE[language]}. {stops[0][2]}"]
    del sections[-1]["image"]
    return {
        "version": 1,
        "episode": {"kind": "guide", "title": TITLES[language], "language": language, "description": ABOUT[language]},
        "voices": {"host": {"engine": "tone"}},
        "sections": sections,
    }


def draw_pictures(folder: Path) -> None:
    """A picture for each stop, larger than a phone needs."""
    for number, (name, _, _) in enumerate(_ENGLISH):
        hue = 60 * number
        image = Image.new("HSV", (1320, 825), (hue, 90, 200)).convert("RGB")
        draw = ImageDraw.Draw(image)
        for step in range(9):
            x = 170 * step + 20 * number
            draw.polygon([(x, 825), (x + 130, 250 + 60 * (step % 3)), (x + 260, 825)], fill=(30 + 20 * step, 60, 90))
        draw.ellipse((1000, 100, 1150, 250), fill="white")
        image.save(folder / f"{name}.png", compress_level=1)


@dataclass
class Walk:
    """The walk on a desk of its own: scripts, output, and a folder that it is published to."""

    folder: Path
    languages: tuple[str, ...] = ("en", "de")
    base_url: str = BASE
    now: datetime = NOW
    cache: Path | None = None
    """A store that others filled; None: its own."""

    @property
    def site(self) -> Path:
        """The published folder."""
        return self.folder / "site"

    def write(self, **scripts: Mapping[str, Any]) -> None:
        """The scripts, pictures and show.yaml as files; `scripts` replace those of a language."""
        draw_pictures(self.folder)
        names = {language: f"walk.{language}.yaml" for language in self.languages}
        for language, name in names.items():
            self._dump(name, scripts.get(language) or script(language))
        self._dump("show.yaml", {"version": 1, "languages": names, "reference": self.languages[0]})

    def _dump(self, name: str, document: Mapping[str, Any]) -> None:
        (self.folder / name).write_text(yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False), "utf-8")

    def build(self) -> list[Told]:
        """Build every language."""
        settings = load_settings(
            {"cache": self.cache or self.folder / "cache", "output": self.folder / "output", "jobs": 2},
            folder=self.folder,
        )
        told = []
        for language in self.languages:
            plan: Plan | None = None
            for event in build(Order(self.folder / f"walk.{language}.yaml"), settings):
                if isinstance(event, Plan):
                    plan = event
                elif isinstance(event, Episode):
                    assert plan
                    told.append(told_of(Built(plan, event.folder, event.facts)))
        return told

    def publish(self, told: Sequence[Told], **request: Any) -> Published:
        """Bring the folder to it."""
        asked = {"folder": self.site, "now": self.now, "base_url": self.base_url, "reference": self.languages[0]}
        return publish_guide(told, Request(**{**asked, **request}))

    def later(self, **step: float) -> None:
        """The clock goes on."""
        self.now += timedelta(**step)

    def names(self) -> set[str]:
        """Every file of the published folder."""
        return {path.relative_to(self.site).as_posix() for path in self.site.rglob("*") if path.is_file()}

    def snapshot(self) -> dict[str, tuple[int, int, bytes]]:
        """Every file: its time of change, its inode, its content."""
        paths = (self.site / name for name in sorted(self.names()))
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_ino, path.read_bytes()) for path in paths}
