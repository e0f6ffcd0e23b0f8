"""What counts as the same domain, and what as the same company (3.10).

A prospect is protected by its registrable domain: `https://www.Shop.Müller-Söhne.de/` and
`info@xn--mller-shne-...de` are one. Where anybody may have an address, the domain tells
nothing. Names are compared after their legal form, accents and punctuation are gone.
"""

import re
import unicodedata
from collections.abc import Collection
from enum import StrEnum
from functools import cache
from typing import Final

import idna
from publicsuffixlist import PublicSuffixList

MAX_ASKED: Final = 300
MAX_DOMAIN: Final = 253

RESERVED: Final = "example"
"""Belongs to nobody (RFC 2606): what is made up, the demo's companies, lives there."""


class DomainProblem(StrEnum):
    """Why a text names no domain that could be registered."""

    EMPTY = "empty"
    NOT_A_DOMAIN = "not_a_domain"
    FREE_MAIL = "free_mail"
    SHARED = "shared"


class UnusableDomainError(ValueError):
    """The text names no domain of a company; `problem` says why."""

    def __init__(self, problem: DomainProblem) -> None:
        self.problem = problem
        super().__init__(problem.value)


_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")


def normalised(text: str, *, free_mail: Collection[str] = ()) -> str:
    """Return the registrable domain that a domain, an address or a URL is about.

    In lower case and in ASCII (punycode), without `www` or any other host. Raises
    `UnusableDomainError` for what is no domain, for a public suffix (`co.uk`,
    `github.io`), and for the domains of `free_mail`.
    """
    host = _host(text)
    if not host:
        raise UnusableDomainError(DomainProblem.EMPTY)
    domain = _ascii(host)
    if domain in free_mail:
        raise UnusableDomainError(DomainProblem.FREE_MAIL)
    registrable = _registrable(domain)
    if registrable is None:
        known = _suffixes().publicsuffix(domain, accept_unknown=False)
        raise UnusableDomainError(
            DomainProblem.SHARED if known == domain else DomainProblem.NOT_A_DOMAIN
        )
    if registrable in free_mail:
        raise UnusableDomainError(DomainProblem.FREE_MAIL)
    return registrable


def _registrable(domain: str) -> str | None:
    *_hosts, name, suffix = domain.split(".")
    if suffix == RESERVED:
        return f"{name}.{suffix}"
    found: str | None = _suffixes().privatesuffix(domain, accept_unknown=False)
    return found


def readable(domain: str) -> str:
    """Return a normalised domain as people write it: `müller.de`."""
    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain


def _host(text: str) -> str:
    """Return what stands where a URL or an address has its host."""
    rest = text[:MAX_ASKED].strip().lower()
    rest = rest.split("://", 1)[-1].lstrip("/")
    rest = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    return rest.rsplit("@", 1)[-1].split(":", 1)[0].strip().strip(".")


def _ascii(host: str) -> str:
    try:
        domain = idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError, IndexError):
        raise UnusableDomainError(DomainProblem.NOT_A_DOMAIN) from None
    labels = domain.split(".")
    if (
        len(domain) > MAX_DOMAIN
        or not labels[1:]
        or not all(map(_LABEL.match, labels))
        or labels[-1].isdigit()
    ):
        raise UnusableDomainError(DomainProblem.NOT_A_DOMAIN)
    return domain


@cache
def _suffixes() -> PublicSuffixList:
    """Return the list of public suffixes; read once, it takes a tenth of a second."""
    return PublicSuffixList(only_icann=False)


LEGAL_FORMS: Final = frozenset(
    {
        *("ab", "ag", "as", "asa", "bhd", "bv", "bvba", "cie", "co", "company"),
        *("corp", "corporation", "eurl", "eg", "ev", "gbr", "gmbh", "group", "groupe"),
        *("holding", "holdings", "inc", "incorporated", "kft", "kg", "kgaa", "kk"),
        *("limited", "limitada", "llc", "llp", "lp", "ltd", "ltda", "mbh", "nv", "ohg"),
        *("oy", "oyj", "plc", "pte", "pty", "pvt", "sa", "sarl", "sas", "sasu", "sc"),
        *("sca", "scs", "se", "sl", "slu", "snc", "sp", "spa", "spzoo", "sro", "srl"),
        *("sro", "the", "ug", "und", "zoo"),
    }
)


def company_key(name: str) -> str:
    """Return what is left of a company's name when spelling does not matter.

    Accents, punctuation and legal forms are gone, and words run together: `Müller & Söhne
    GmbH` and `mueller sohne` differ still, `MULLER-SOHNE` and the first do not. Empty if
    nothing but legal forms is left.
    """
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    words = re.findall(r"[^\W_]+", plain)
    # "S.A.S." falls into letters: put single letters that follow each other together.
    words = re.findall(r"\S+", re.sub(r"\b(\w) (?=\w\b)", r"\1", " ".join(words)))
    return "".join(word for word in words if word not in LEGAL_FORMS)
