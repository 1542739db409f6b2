"""The way from a script to its plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from audioguide.engines import Engine, SpeechRequest
from audioguide.errors import Problem, ScriptError
from audioguide.plan.addresses import section_ids
from audioguide.plan.casting import Casting, Delivery
from audioguide.plan.model import Bed, Cue, OutputPlan, Plan, PlannedSection, Playback, Speech, Track, Utterance
from audioguide.plan.spoken_forms import Written, spoken_forms, unusable
from audioguide.script.load import LoadedScript
from audioguide.script.model import Output, Pause, Pauses, Say, Section, Segment, Sound
from audioguide.script.stops import EXTRA
from audioguide.script.values import COUNTED_FORMATS, MAX_CHAPTERS
from audioguide.store import key_maker
from audioguide.text import MarkError, Sentence, paragraphs, read_segment, slug, split_long

SENTENCE_MS, SEGMENT_MS, SECTION_MS = 250, 500, 1200
LEAD_IN_MS, TAIL_MS = 200, 800

ScriptPath = tuple[str | int, ...]
_Manner = tuple[str, str, float, float, tuple[tuple[str, str], ...]]
"""All of a SpeechRequest but its text, in the order of its fields."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A segment on its way into the plan: what is said, how, and where it stands in the script."""

    say: Say
    delivery: Delivery
    pause: Pauses
    path: ScriptPath


def make_plan(
    loaded: LoadedScript,
    *,
    engine: str | None = None,
    voice: str | None = None,
    unavailable: frozenset[str] = frozenset(),
) -> Plan:
    """The plan of a script whose `from:` sections are filled. `engine`, `voice`: override every voice, as a draft.

    `unavailable`: voices that give way to their fallbacks, as those do whose engines are not installed.
    Raises ScriptError with every segment that cannot be spoken, and every voice that cannot be had.
    """
    planner = _Planner(loaded, (engine, voice), unavailable)
    sections = planner.sections()
    if planner.problems:
        problems = dict.fromkeys(planner.problems)  # a mistake that several sentences share is one
        raise ScriptError(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column)))
    episode = loaded.script.episode
    return Plan(
        loaded=loaded,
        id=episode.id or slug(loaded.path.stem) or "episode",
        title=episode.title or loaded.path.stem,
        language=planner.language,
        sections=sections,
        output=_output(loaded.script.output),
        draft=bool(engine or voice),
        lead_in_ms=LEAD_IN_MS if planner.lead_ms is None else planner.lead_ms,
        fallbacks=planner.casting.fallbacks,
    )


class _Planner:
    """Holds what one run of `make_plan` looks up and finds wrong."""

    def __init__(
        self, loaded: LoadedScript, override: tuple[str | None, str | None], unavailable: frozenset[str]
    ) -> None:
        self.loaded = loaded
        self.script = loaded.script
        self.problems: list[Problem] = []
        self.language = self.script.episode.language or self.script.show.language or "en"
        self.casting = Casting(self.script, self.language, self.report, override=override, unavailable=unavailable)
        self.key_makers: dict[tuple[str, _Manner], Callable[[str], str]] = {}
        self.lead_ms: int | None = None
        """An explicit pause before the first section's first cue."""
        self.own_ends: set[str] = set()
        """The addresses of segments that say themselves what pause follows them."""

    def report(self, path: ScriptPath, message: str, hint: str | None = None) -> None:
        place = self.loaded.places.of(path)
        self.problems.append(Problem(place.file, place.line, place.column, _dotted(path), message, hint))

    # -- sections --------------------------------------------------------------------------------------------------

    def sections(self) -> tuple[PlannedSection, ...]:
        """Every section with its cues, intro and outro inside the first and the last."""
        planned: list[PlannedSection] = []
        identities = section_ids([(section.id, section.title) for section in self.script.sections])
        for index, (section, identity) in enumerate(zip(self.script.sections, identities, strict=True)):
            lead_ms, cues = self._cues(section, identity, ("sections", index))
            if lead_ms is not None:
                self._pause_before(planned, lead_ms)
            if all(isinstance(segment, Pause) for segment in _segments(section)):
                self.report(("sections", index), "has nothing to say or play")
            if not cues:
                continue  # its mistakes are told
            planned.append(replace(self._planned(section, identity, cues), more=self._more(index, section, identity)))
        if planned and len(planned) == len(self.script.sections):
            self._add_ends(planned)
        self._count_chapters()
        return tuple(planned)

    def _count_chapters(self) -> None:
        chapters = [index for index, section in enumerate(self.script.sections) if section.chapter]
        limited = [name for name in _output(self.script.output).formats if name in COUNTED_FORMATS]
        if limited and len(chapters) > MAX_CHAPTERS:
            message = f"has chapter {MAX_CHAPTERS + 1} of {len(chapters)}, and {limited[0]} files hold {MAX_CHAPTERS}"
            hint = "join sections, or give some of them chapter: false"
            self.report(("sections", chapters[MAX_CHAPTERS]), message, hint)

    def _pause_before(self, planned: list[PlannedSection], lead_ms: int) -> None:
        """An explicit pause at a section's start replaces the pause after the section before."""
        if planned:
            before = planned[-1]
            planned[-1] = replace(before, cues=(*before.cues[:-1], replace(before.cues[-1], pause_ms=lead_ms)))
        else:
            self.lead_ms = lead_ms

    def _add_ends(self, planned: list[PlannedSection]) -> None:
        if self.script.intro:
            intro = self._playback(self.script.intro, "intro", ("intro",), self.script.defaults.pause or Pauses())
            if self.lead_ms is not None:
                intro, self.lead_ms = replace(intro, pause_ms=self.lead_ms), None
            planned[0] = replace(planned[0], cues=(intro, *planned[0].cues))
        if self.script.outro:
            outro = self._playback(self.script.outro, "outro", ("outro",), Pauses())
            planned[-1] = replace(planned[-1], cues=(*planned[-1].cues, outro))
        last = planned[-1]
        if self.script.outro or not self._ends_itself(self.script.sections[-1], last.cues[-1]):
            planned[-1] = replace(last, cues=(*last.cues[:-1], replace(last.cues[-1], pause_ms=TAIL_MS)))

    def _more(self, index: int, section: Section, identity: str) -> Track | None:
        """A stop's extra track: a section of its own, without title and music."""
        if section.more is None:
            return None
        own = section.model_copy(update={"segments": section.more, "announce": False})
        lead_ms, cues = self._cues(own, f"{identity}.{EXTRA}", ("sections", index), key=EXTRA)
        if not any(isinstance(segment, Say | Sound) for segment in section.more):
            self.report(("sections", index, EXTRA), "has nothing to say or play")
        if not cues:
            return None
        if not self._ends_itself(own, cues[-1]):
            cues[-1] = replace(cues[-1], pause_ms=TAIL_MS)
        return Track(LEAD_IN_MS if lead_ms is None else lead_ms, tuple(cues))

    def _cues(
        self, section: Section, identity: str, steps: ScriptPath, *, key: str = "segments"
    ) -> tuple[int | None, list[Cue]]:
        """The cues of a section, and an explicit pause before its first where there is one.

        `steps` lead to the section, `key` to its segments where they are written.
        """
        pause = _merge(self.script.defaults.pause, section.pause)
        cues: list[Cue] = []
        lead_ms: int | None = None
        position = 0
        if section.announce if section.announce is not None else self.script.defaults.announce:
            title = Say(say=_literal(section.title))
            cues += self._speech(title, section, f"{identity}.title", (*steps, "title"))[1]
        for number, segment in enumerate(_segments(section)):
            position += isinstance(segment, Say)
            path = (*steps, *((key, number) if section.segments is not None else ("text",)))
            before_ms, said = self._segment(segment, section, f"{identity}.{position}", path)
            if before_ms is not None and cues:
                cues[-1] = replace(cues[-1], pause_ms=before_ms)
            elif before_ms is not None:
                lead_ms = before_ms
            cues += said
        if cues and not self._ends_itself(section, cues[-1]):
            cues[-1] = replace(cues[-1], pause_ms=SECTION_MS if pause.section is None else pause.section)
        return lead_ms, cues

    def _ends_itself(self, section: Section, last: Cue) -> bool:
        """Whether the section's last segment says what pause follows it."""
        return isinstance(_segments(section)[-1], Pause) or last.address in self.own_ends

    def _segment(
        self, segment: Segment, section: Section, address: str, path: ScriptPath
    ) -> tuple[int | None, list[Cue]]:
        """An explicit pause before the segment, where there is one, and its cue, if it has one."""
        stem = address.rpartition(".")[0]
        match segment:
            case Pause():
                return segment.pause, []
            case Sound():
                pause = _merge(self.script.defaults.pause, section.pause)
                return None, [self._playback(segment, f"{stem}.play-{int(path[-1]) + 1}", path, pause)]
            case Say():
                named = f"{stem.partition('.')[0]}.{segment.id}" if segment.id else address
                return self._speech(segment, section, named, path)

    def _planned(self, section: Section, identity: str, cues: list[Cue]) -> PlannedSection:
        return PlannedSection(
            id=identity,
            title=section.title,
            chapter=section.chapter,
            cues=tuple(cues),
            bed=self._bed(section),
            image=self._path(section.image),
            link=section.link,
            location=(section.location.name, section.location.geo) if section.location else None,
            stop=section.stop,
        )

    def _bed(self, section: Section) -> Bed | None:
        name = section.music or self.script.defaults.music
        if name is None or name == "none":
            return None
        music = self.script.music[name]
        return Bed(
            name=name,
            path=self.loaded.root / music.file,
            gain_db=-14.0 if music.gain is None else music.gain,
            fade_in_ms=1000 if music.fade_in is None else music.fade_in,
            fade_out_ms=3000 if music.fade_out is None else music.fade_out,
            duck_db=10.0 if music.duck is None else abs(music.duck),
            attack_ms=200 if music.attack is None else music.attack,
            release_ms=800 if music.release is None else music.release,
        )

    def _path(self, name: str | None) -> Path | None:
        return self.loaded.root / name if name else None

    def _playback(self, sound: Sound, address: str, path: ScriptPath, pause: Pauses) -> Playback:
        return Playback(
            address=address,
            path=self.loaded.root / sound.play,
            gain_db=sound.gain or 0.0,
            pause_ms=SEGMENT_MS if pause.segment is None else pause.segment,
            line=self.loaded.places.of(path).line,
        )

    # -- segments --------------------------------------------------------------------------------------------------

    def _speech(self, say: Say, section: Section, address: str, path: ScriptPath) -> tuple[int | None, list[Cue]]:
        """The segment as a list of one cue, empty where it cannot be spoken, after its own opening pause if it has one."""
        name = say.voice or section.voice or self.casting.default_voice()
        delivery = self.casting.delivery(name, say.language, path)
        if delivery is None:
            return None, []
        pause = _merge(_merge(self.script.defaults.pause, section.pause), say.pause)
        line = _Line(say, delivery, pause, path)
        voices_own = delivery.voice.pronounce
        written = {**self.script.pronounce, **voices_own, **section.pronounce, **say.pronounce}
        sentences = self._sentences(line, self._spoken_forms(line, written))
        utterances = tuple(self._utterances(line, sentences)) if sentences else ()
        if not utterances:
            return None, []
        if sentences[-1].pause_after_ms is not None or (say.pause and say.pause.segment is not None):
            self.own_ends.add(address)
        speech = Speech(
            address=address,
            section=address.partition(".")[0],
            voice=name,
            text=" ".join(utterance.text for utterance in utterances if utterance.text),
            gain_db=(delivery.voice.gain or 0.0) + (say.gain or 0.0),
            utterances=utterances,
            pause_ms=utterances[-1].pause_ms,
            line=self.loaded.places.of(path).line,
        )
        return sentences[0].pause_before_ms or None, [speech]

    def _spoken_forms(self, line: _Line, written: Written) -> dict[str, str]:
        """What the voice's engine is asked to say for words; a word that it cannot be told about is reported."""
        if not written:
            return {}
        engine = line.delivery.engine
        forms = spoken_forms(written, engine)
        if len(forms) < len(written):
            for word in unusable(line.say.spoken or line.say.say, written, forms):
                hint = f"write pronounce: {{{word}: {{ipa: /…/, say: a respelling}}}}"
                self.report(line.path, f'{engine.name} takes no IPA, and "{word}" has no respelling', hint)
        return forms

    def _sentences(self, line: _Line, pronounce: Mapping[str, str]) -> tuple[Sentence, ...]:
        say, language = line.say, line.delivery.language
        try:
            sentences = read_segment(say.spoken or say.say, language=language, pronounce=pronounce)
            if say.spoken:  # shown and spoken differ: one cue, with the text as it is written, for the whole segment
                shown = " ".join(sentence.text for sentence in read_segment(say.say, language=language, pronounce={}))
                sentences = tuple(s._replace(text="" if number else shown) for number, s in enumerate(sentences))
        except MarkError as error:
            self.report(line.path, f"{error} (at character {error.offset + 1})")
            return ()
        if not sentences:
            self.report(line.path, "there is nothing to speak in it")
        return sentences

    def _utterances(self, line: _Line, sentences: Sequence[Sentence]) -> Iterator[Utterance]:
        """One for each sentence, or several where it is longer than the engine takes."""
        engine = line.delivery.engine
        manner = self._manner(line)
        stretch = 1.0 if engine.can_speed else _speed(line)
        last = len(sentences) - 1
        for number, sentence in enumerate(sentences):
            pieces = split_long(sentence.spoken, engine.max_chars)
            pause_ms = _pause_ms(line.pause, sentence, number == last)
            for place, piece in enumerate(pieces):
                request = SpeechRequest(piece, *manner)
                if reason := engine.check(request):
                    self.report(line.path, reason)
                    break
                text = "" if place else sentence.text
                after_ms = pause_ms if place == len(pieces) - 1 else engine.default_pause_ms
                yield Utterance(text, engine.name, request, self._key(engine, request, manner), after_ms, stretch)

    def _manner(self, line: _Line) -> _Manner:
        """All of the segment's requests but their text."""
        delivery = line.delivery
        pitch = _first(line.say.pitch, delivery.voice.pitch, 0.0)
        if pitch and not delivery.engine.can_pitch:
            self.report(line.path, f"{delivery.engine.name} cannot change the pitch", "leave pitch out")
        speed = _speed(line) if delivery.engine.can_speed else 1.0
        return delivery.language, delivery.name, speed, pitch, delivery.options

    def _key(self, engine: Engine, request: SpeechRequest, manner: _Manner) -> str:
        key_of = self.key_makers.get((engine.name, manner))
        if key_of is None:
            kind = (engine.name, request.voice, request.language, request.speed, request.pitch, request.options)
            facts = {"utterance": 1, "fingerprint": engine.fingerprint(request), "kind": kind}
            key_of = self.key_makers[engine.name, manner] = key_maker(facts, "text")
        return key_of(request.text)


def _speed(line: _Line) -> float:
    return _first(line.say.speed, line.delivery.voice.speed, 1.0)


def _pause_ms(pause: Pauses, sentence: Sentence, is_last: bool) -> int:  # noqa: FBT001 - where it stands, not a mode
    if sentence.pause_after_ms is not None:
        return sentence.pause_after_ms
    if is_last:
        return SEGMENT_MS if pause.segment is None else pause.segment
    return SENTENCE_MS if pause.sentence is None else pause.sentence


def _segments(section: Section) -> tuple[Segment, ...]:
    if section.segments is not None:
        return section.segments
    return tuple(Say(say=paragraph) for paragraph in paragraphs(section.text or ""))


def _merge(outer: Pauses | None, inner: Pauses | None) -> Pauses:
    """What the inner says; of what it leaves out, what the outer says."""
    if outer is None or inner is None:
        return inner or outer or _defaults_alone()
    return outer.model_copy(update=inner.model_dump(exclude_none=True))


@cache
def _defaults_alone() -> Pauses:
    return Pauses()


def _first(*values: float | None) -> float:
    return next(value for value in values if value is not None)


def _literal(text: str) -> str:
    """Text whose marks are no marks."""
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("*", "\\*")


def _dotted(path: ScriptPath) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _output(output: Output) -> OutputPlan:
    return OutputPlan(
        formats=tuple(dict.fromkeys(output.formats)) or ("mp3",),
        bitrate_kbps=output.bitrate,
        rate_hz=output.sample_rate or 44_100,
        channels=2 if output.channels == "stereo" else 1,
        loudness_lufs=-16.0 if output.loudness is None else output.loudness,
        true_peak_dbtp=-1.0 if output.true_peak is None else output.true_peak,
    )
