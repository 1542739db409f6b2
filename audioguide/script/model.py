"""The script as it is written: version 1 of the format, strict, each field with its meaning.

The loader hands every scalar over as text; the types below convert it, so that YAML's own guesses (`No`, `12:30`, `1e3`)
never reach anybody. The models are frozen. What a missing field means is decided in `plan.py`, not here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from audioguide.script.values import (
    BitrateKbps,
    Body,
    Bool,
    Count,
    DurationMs,
    FormatName,
    GainDb,
    Geo,
    Id,
    Ipa,
    Language,
    LoudnessLufs,
    Moment,
    Pitch,
    RateHz,
    Speed,
    StopNumber,
    Text,
    TruePeakDbtp,
    WholeNumber,
)

FORMAT_VERSION = 1
NO_MUSIC = "none"
"""The name that stands for no bed."""


class Model(BaseModel):
    """What all parts of a script share: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True, defer_build=True
    )


class Sounds(Model):
    """How a word sounds, for voices that take it, and how to spell it for the others."""

    ipa: Ipa = Field(description="The word in the International Phonetic Alphabet, between slashes.")
    say: Text | None = Field(None, description="What is said by voices that take no IPA.")


def _spoken_form(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"/.*/", value.strip()):
        return {"ipa": value}
    return value


def _spoken_kind(value: object) -> str:
    return "sounds" if isinstance(value, (dict, Sounds)) else "text"


SPOKEN_KINDS: dict[str, type[Model] | None] = {"text": None, "sounds": Sounds}
"""The two ways to say how a word is spoken."""

SpokenForm = Annotated[
    Annotated[Text, Tag("text")] | Annotated[Sounds, Tag("sounds")],
    Discriminator(_spoken_kind),
    BeforeValidator(_spoken_form),
]
"""What is said for a word: a respelling, `/ipa/`, or both."""
SpokenForms = dict[str, SpokenForm]


class Owner(Model):
    """Whom the directories write to."""

    name: Text | None = Field(None, description="The owner's name.")
    email: Text = Field(description="An address that the podcast directories may write to.")


class Person(Model):
    """Somebody heard in the episode or at work on it."""

    name: Text = Field(description="The person's name.")
    role: Text | None = Field(None, description="host, guest, editor … (the podcast namespace's roles).")
    url: Text | None = Field(None, description="A page about the person.")


class Place(Model):
    """Where a section happens."""

    name: Text = Field(description="The place's name.")
    geo: Geo = Field(description="Latitude and longitude in degrees.", examples=["47.37,8.54"])


class Show(Model):
    """The podcast that episodes belong to."""

    id: Id | None = Field(None, description="Permanent id of the show; default: the folder's name.")
    title: Text | None = Field(None, description="The show's title; the album of its episodes.")
    author: Text | None = Field(None, description="Who makes it; the artist of its episodes.")
    owner: Owner | None = Field(None, description="Whom directories write to.")
    description: Text | None = Field(None, description="What the show is about.")
    language: Language | None = Field(None, description="BCP 47: en-US, de, pt-BR.")
    category: Text | None = Field(None, description='Apple\'s category: "Health & Fitness > Fitness".')
    explicit: Bool | None = Field(None, description="Whether it is for adults only.")
    image: Text | None = Field(None, description="Cover picture: JPEG or PNG, square.")
    link: Text | None = Field(None, description="The show's web page.")
    type: Literal["episodic", "serial"] | None = Field(None, description="serial: to be heard in order.")


class Episode(Model):
    """What is known of the episode."""

    id: Id | None = Field(None, description="Permanent id; default: the file's stem.")
    kind: Literal["episode", "guide"] | None = Field(
        None, description="guide: its sections are stops, each a file too."
    )
    title: Text | None = Field(None, description="The episode's title; default: the file's stem, with a notice.")
    subtitle: Text | None = Field(None, description="One line under the title.")
    author: Text | None = Field(None, description="The author, where it is not the show's.")
    description: Text | None = Field(None, description="What it is about.")
    language: Language | None = Field(None, description="BCP 47; default: the show's, else en.")
    date: Moment | None = Field(None, description="When it appears; a date alone is 00:00 UTC.")
    number: WholeNumber | None = Field(None, description="The episode's number; the track of its tags.")
    season: WholeNumber | None = Field(None, description="The season's number.")
    type: Literal["full", "trailer", "bonus"] | None = Field(None, description="The kind of episode.")
    image: Text | None = Field(None, description="Cover picture, where it is not the show's.")
    link: Text | None = Field(None, description="The article's page.")
    explicit: Bool | None = Field(None, description="Whether it is for adults only.")
    tags: tuple[Text, ...] = Field((), description="Keywords.")
    people: tuple[Person, ...] = Field((), description="Who is heard or took part.")
    license: Text | None = Field(None, description="The licence of the episode.")


class Voice(BaseModel):
    """How a voice sounds. Keys beyond these are the engine's own; `audioguide engines` lists them."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True, defer_build=True)

    engine: Text = Field(description="hibari, gtts, tone … (audioguide engines).")
    name: Text | None = Field(None, description="The engine's own name of the voice; default: its first that fits.")
    language: Language | None = Field(None, description="BCP 47; default: the episode's.")
    speed: Speed | None = Field(None, description="Pace, 0.5 to 2.0.")
    pitch: Pitch | None = Field(None, description="Semitones up or down, where the engine can.")
    gain: GainDb | None = Field(None, description="Louder or softer than the episode.")
    fallback: Text | None = Field(None, description="Another voice of this script, for when the engine fails.")
    pronounce: SpokenForms = Field(default_factory=dict, description="Spoken forms for this voice.")

    @property
    def options(self) -> Mapping[str, Any]:
        """The engine's own keys."""
        return self.model_extra or {}


class Pauses(Model):
    """Silence after a sentence, a segment, a section."""

    sentence: DurationMs | None = Field(None, description="Between two sentences of a segment; default 250ms.")
    segment: DurationMs | None = Field(None, description="After a segment; default 500ms.")
    section: DurationMs | None = Field(None, description="After a section; default 1.2s.")


class Defaults(Model):
    """What holds where a section or segment says nothing."""

    voice: Text | None = Field(None, description="The voice that speaks; default: host, or the only one.")
    announce: Bool | None = Field(None, description="true: titles of sections are spoken too.")
    pause: Pauses | None = Field(None, description="Pauses.")
    music: Text | None = Field(None, description="The bed under every section.")


class Music(Model):
    """A named bed."""

    file: Text = Field(description="A sound file beside the script.")
    gain: GainDb | None = Field(None, description="Relative to output.loudness; default -14 dB.")
    fade_in: DurationMs | None = Field(None, description="Default 1s.")
    fade_out: DurationMs | None = Field(None, description="Default 3s.")
    duck: GainDb | None = Field(
        None, description="What speech takes off; default 10 dB. Played sounds take nothing off."
    )
    attack: DurationMs | None = Field(None, description="How fast it goes down before speech; default 200ms.")
    release: DurationMs | None = Field(None, description="How fast it comes back; default 800ms.")
    license: Text | None = Field(None, description="The licence of the sound.")


class Sound(Model):
    """A sound played by itself: a sting, an intro, an outro."""

    play: Text = Field(description="A sound file beside the script.")
    gain: GainDb | None = Field(None, description="Louder or softer than the file is.")
    license: Text | None = Field(None, description="The licence of the sound.")


class Say(Model):
    """A segment that is spoken."""

    id: Id | None = Field(None, description="Permanent id, for addresses like welcome.teaser.")
    say: Body = Field(description="The text, as it is written in transcripts.")
    spoken: Body | None = Field(None, description="What is spoken in its place.")
    voice: Text | None = Field(None, description="The voice that speaks.")
    speed: Speed | None = Field(None, description="Pace, 0.5 to 2.0.")
    pitch: Pitch | None = Field(None, description="Semitones up or down, where the engine can.")
    gain: GainDb | None = Field(None, description="Louder or softer than the rest.")
    language: Language | None = Field(None, description="BCP 47, where the segment is in another language.")
    pause: Pauses | None = Field(None, description="Pauses inside and after this segment.")
    pronounce: SpokenForms = Field(default_factory=dict, description="Spoken forms for this segment.")


class Pause(Model):
    """Silence in place of the default pause."""

    pause: DurationMs = Field(description="How long.")


class Source(Model):
    """A section's text from an article."""

    file: Text = Field(description="The article beside the script.")
    heading: Text | None = Field(None, description="The heading whose text is taken; absent: the whole article.")


def as_segment(value: object) -> object:
    """A segment in full: plain text is `say`; `pause: 2s` beside `say` is the pause after the segment."""
    if isinstance(value, str):
        return {"say": value}
    if isinstance(value, dict) and "say" in value and isinstance(value.get("pause"), str):
        return {**value, "pause": {"segment": value["pause"]}}
    return value


def segment_kind(value: object) -> str | None:
    """The key that makes a segment what it is: `say`, `play` or `pause`; None where there is none."""
    if isinstance(value, dict):
        return next((kind for kind in SEGMENT_KINDS if kind in value), None)
    return next((kind for kind, model in SEGMENT_KINDS.items() if isinstance(value, model)), None)


SEGMENT_LISTS = ("segments", "more")
"""The keys of a section under which segments stand."""
SEGMENT_KINDS: dict[str, type[Model]] = {"say": Say, "play": Sound, "pause": Pause}
"""The first key that a segment has decides; `pause` comes last because a spoken segment may have one too."""

Segment = Annotated[
    Annotated[Say, Tag("say")] | Annotated[Pause, Tag("pause")] | Annotated[Sound, Tag("play")],
    Discriminator(segment_kind),
    BeforeValidator(as_segment),
]


class Section(Model):
    """A part of the episode: a chapter."""

    title: Text = Field(description="The chapter's title.")
    id: Id | None = Field(None, description="Permanent id; default: made of the title.")
    segments: tuple[Segment, ...] | None = Field(None, description="What is said and played, in order.")
    text: Body | None = Field(None, description="Plain text; a paragraph is a segment.")
    source: Source | None = Field(None, alias="from", description="An article, or one heading of it.")
    chapter: Bool = Field(default=True, description="false: no chapter mark.")
    voice: Text | None = Field(None, description="The voice that speaks.")
    announce: Bool | None = Field(None, description="true: the title is spoken first.")
    pause: Pauses | None = Field(None, description="Pauses in this section and after it.")
    pronounce: SpokenForms = Field(default_factory=dict, description="Spoken forms for this section.")
    music: Text | None = Field(None, description="The bed under this section; none: no bed.")
    image: Text | None = Field(None, description="The chapter's picture.")
    link: Text | None = Field(None, description="The chapter's link.")
    location: Place | None = Field(None, description="Where it happens.")
    stop: StopNumber | None = Field(None, description="In a guide: the stop's permanent number; no two are the same.")
    more: tuple[Segment, ...] | None = Field(
        None, description="A stop's extra track: a file of its own, and no part of the whole episode."
    )


class Output(Model):
    """What file is made of it, and how loud."""

    formats: tuple[FormatName, ...] = Field(
        (), description="mp3 (default), m4b, opus, flac, wav: a file for each; feeds link to the first."
    )
    bitrate: BitrateKbps | None = Field(
        None,
        description="Bit rate; default: mp3 96k (constant), m4b and opus 64k, in stereo 96k. opus needs 64k at least; flac "
        "and wav have none.",
    )
    sample_rate: RateHz | None = Field(
        None, description="24 kHz, 44.1 kHz (default) or 48 kHz; opus always has 48 kHz."
    )
    channels: Literal["mono", "stereo"] | None = Field(None, description="mono (default) or stereo.")
    loudness: LoudnessLufs | None = Field(None, description="Integrated loudness; default -16 LUFS.")
    true_peak: TruePeakDbtp | None = Field(None, description="The highest true peak; default -1 dBTP.")


class Publish(Model):
    """Where the show is published, so that the command line need not say it."""

    to: Text | None = Field(None, description="The folder to publish to, relative to this file.")
    base_url: Text | None = Field(None, description="Where that folder is on the web.")
    keep: Count | None = Field(None, description="How many of the newest episodes stay in the feed; trailers stay too.")


class ShowFile(Model):
    """`show.yaml`: what the episodes of a folder share."""

    version: WholeNumber = Field(description="1.")
    show: Show = Field(default_factory=Show, description="The podcast.")
    voices: dict[Id, Voice] = Field(default_factory=dict, description="Names that scripts use -> how they sound.")
    defaults: Defaults = Field(default_factory=Defaults, description="What holds where nothing else is said.")
    pronounce: SpokenForms = Field(default_factory=dict, description="Whole words -> how they are spoken.")
    music: dict[Id, Music] = Field(default_factory=dict, description="Named beds.")
    intro: Sound | None = Field(None, description="Played before the first section.")
    outro: Sound | None = Field(None, description="Played after the last section.")
    output: Output = Field(default_factory=Output, description="The file that is made.")
    publish: Publish = Field(default_factory=Publish, description="Where the show is published.")
    languages: dict[Language, Text] = Field(
        default_factory=dict, description="In show.yaml: a guide's languages -> the script of each."
    )
    reference: Language | None = Field(None, description="In show.yaml: the language that the others follow.")


class Script(ShowFile):
    """One episode: its own file, over the folder's `show.yaml`."""

    episode: Episode = Field(default_factory=Episode, description="This episode: title, date, language and so on.")
    sections: tuple[Section, ...] = Field(min_length=1, description="The episode's parts, in order.")
