"""Short forms whose full stop does not end a sentence, per language: what the sentence library does not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ShortForms:
    """Words in lower case, with their full stops."""

    always: frozenset[str] = frozenset()
    """No sentence ends here."""
    before_number: frozenset[str] = frozenset()
    """No sentence ends here if a digit follows."""
    before_ordinal: frozenset[str] = frozenset()
    """Words after which a number with a full stop is an ordinal."""
    openers: frozenset[str] = frozenset()
    """Words that open a sentence even after such an ordinal."""
    half_days: frozenset[str] = frozenset()
    """No sentence ends here if one of `days` follows."""
    days: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WORDS_OF_LETTERS: Final = _words(
    "US USA UK UN EU USSR UAE DC LA NY NYC PM AM TV BBC CIA FBI NASA NATO PO BA MA BSC MSC MBA MD AD BC CE BCE PS UTC"
)
"""Letters with stops that are a word; others are the initials of a name, which goes on."""
NONE: Final = ShortForms()
SHORT_FORMS: Final = {
    "en": ShortForms(
        always=_words(
            "dr. mr. mrs. ms. mx. prof. rev. gen. col. lt. sgt. capt. sen. rep. gov. hon. e.g. i.e. vs. cf. viz. approx. adm. cmdr. pres. mt. ft. messrs. ste."
        ),
        before_number=_words(
            "no. nos. fig. figs. vol. vols. p. pp. ch. chap. sec. eq. art. pt. par. op. ed. max. min. est. c. ca. av. "
            "jan. feb. mar. apr. jun. jul. aug. sep. sept. oct. nov. dec. tel. ext. apt. rm. st. ft. lot. v. ver. "
            "mon. tue. tues. wed. thu. thur. thurs. fri. sat. sun."
        ),
        half_days=_words("a.m. p.m."),
        days=_words(
            "Monday Tuesday Wednesday Thursday Friday Saturday Sunday EST EDT ET CST CT MST MT PST PT GMT BST UTC CET Eastern"
        ),
    ),
    "de": ShortForms(
        always=_words(
            "dr. prof. hr. fr. st. z.b. d.h. u.a. bzw. ca. vgl. sog. evtl. ggf. inkl. exkl. zzgl. geb. gest. bspw. dipl. ing."
        ),
        before_number=_words(
            "nr. s. bd. kap. abb. tab. art. abs. tel. max. min. jan. feb. mär. apr. aug. sept. okt. nov. dez."
        ),
        before_ordinal=_words(
            "der die das den dem des am vom zum im beim ab bis seit jeder jeden jedem dieser diesen ihr sein"
        ),
        openers=_words(
            "Er Sie Es Wir Ihr Ich Du Der Die Das Ein Eine Dann Doch Aber Und Wer Was Wie Wo Heute Dort Hier Man"
        ),
    ),
    "fr": ShortForms(
        always=_words("m. mm. mme. mmes. mlle. dr. pr. st. ste. c.-à-d. p.ex. env. cf. av. bd. boul."),
        before_number=_words("n. no. p. pp. vol. chap. fig. art. tél. janv. févr. avr. juil. sept. oct. nov. déc."),
    ),
    "es": ShortForms(
        always=_words("sr. sra. sres. srta. dr. dra. d. dña. ud. uds. vd. prof. av. avda. aprox. ee. uu. p.ej."),
        before_number=_words(
            "n. no. nº. núm. pág. págs. p. pp. vol. cap. fig. art. tel. ene. feb. mar. abr. ago. sept. oct. nov. dic."
        ),
    ),
    "it": ShortForms(
        always=_words(
            "sig. sigg. sig.ra sig.na dott. dr. prof. prof.ssa avv. ing. arch. on. rev. p.es. cfr. ca. s. ss."
        ),
        before_number=_words("n. nn. p. pp. pag. pagg. vol. voll. cap. fig. figg. art. artt. tel. sec. sez. par."),
    ),
    "pt": ShortForms(
        always=_words("sr. sra. sres. srs. dr. dra. prof. profa. eng. exmo. exma. d. av. r. p.ex. ex. aprox. cf. vs."),
        before_number=_words(
            "n. nº. núm. p. pp. pág. págs. vol. cap. fig. art. tel. séc. jan. fev. mar. abr. ago. set. out. nov. dez."
        ),
    ),
    "nl": ShortForms(
        always=_words(
            "dhr. mevr. mw. dr. drs. ir. ing. mr. prof. ds. st. bijv. bv. d.w.z. o.a. m.n. i.v.m. t.o.v. ca. evt. incl. excl."
        ),
        before_number=_words("nr. nrs. blz. p. hfst. afb. art. tel. jan. feb. mrt. apr. aug. sept. okt. nov. dec."),
    ),
    "pl": ShortForms(
        always=_words("dr. prof. inż. mgr. ks. św. ul. al. pl. np. tzw. tj. m.in. ok. gen. płk."),
        before_number=_words("nr. s. str. t. r. rozdz. rys. tab. art. tel."),
    ),
    "ru": ShortForms(
        always=_words("т.е. т. и.о. им. г-н. проф. акад. ул. пр. пл. д. св. см. ср. напр. ок."),
        before_number=_words("№. стр. с. гл. рис. табл. ст. п. тел. янв. февр. апр. авг. сент. окт. нояб. дек."),
    ),
    "hi": ShortForms(always=_words("डॉ. डा. प्रो. श्री. श्रीमती. कु. पं. सं. रु.")),
}
