"""A service that writes tells the audit log, or stands here with the reason why not.

Read from the source: what a public function of a `services` module calls, in its own and
in other services, down to what writes rows and to `audit.record`. That the entries are
right is shown by `tests/integration/audit`; here nobody can forget one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("partners", "clients", "deals", "commissions", "benefits")
"""Those above the audit log; what the two below it do is told by whoever calls them."""

WRITES = frozenset(
    {
        *("save", "create", "bulk_create", "bulk_update", "create_user"),
        *("get_or_create", "update_or_create", "_raw_delete"),
    }
)
AUDIT = "partners.services.audit"
RECORDS = frozenset({(AUDIT, "record"), (AUDIT, "record_many")})

LEDGER = "writes an append-only ledger, which is its own log"
DERIVED = "brings to date what is derived from ledgers, and could be made anew"
ASKED = "carries out, in the background, what was recorded when somebody asked for it"
LOCKS = "makes rows that tell of nothing: they are there to be locked"
NOT_YET = "keeps a draft of a company's own; what is submitted of it is recorded"
NO_RIGHTS = (
    "tells people, or keeps how somebody likes the portal to look; changes no state of "
    "the programme, no money and no right"
)

SILENT = {
    "partners.services.audit_seals.seal_entries": LEDGER,
    "partners.services.joining.ask_to_join": NO_RIGHTS,
    "partners.services.ledger.settle": LEDGER,
    "partners.services.notifications.notify": NO_RIGHTS,
    "partners.services.standings.open_standings": DERIVED,
    "partners.services.standings.show_credited_tiers": DERIVED,
    "partners.services.tiers.admissions.admit": LEDGER,
    "partners.services.tiers.admissions.end_admissions": LEDGER,
    "partners.services.tiers.admissions.record_admission": LEDGER,
    "partners.services.tiers.check_days.take_snapshots": LEDGER,
    "partners.services.tiers.appeal_days.let_wait": ASKED,
    "partners.services.accounts.store_preferences": NO_RIGHTS,
    "partners.services.saved_views.set_default_view": NO_RIGHTS,
    "partners.services.mail.mail_notification": NO_RIGHTS,
    "partners.services.tier_news.tell_tiers": NO_RIGHTS,
    "partners.services.list_files.make_file": ASKED,
    "partners.services.rulebook.rehearsals.rehearse_part": ASKED,
    "partners.services.rulebook.publishing.write_letters": NO_RIGHTS,
    "commissions.services.papers.steps.note_step": LEDGER,
    "commissions.services.papers.steps.take_step": LEDGER,
    "deals.services.activities.note_activity": LEDGER,
    "deals.services.registrations.checking.check": LEDGER,
    "deals.services.registrations.checking.lock_domains": LOCKS,
    "deals.services.registrations.registering.save_draft": NOT_YET,
    "deals.services.registrations.rows.replace_domains": NOT_YET,
    "deals.services.registrations.rows.replace_lines": NOT_YET,
    "deals.services.life.settling.settle_deals": LEDGER,
    "deals.services.life.settling.settle_converted": LEDGER,
    "deals.services.sharing.signalling.subscribe": NO_RIGHTS,
    "commissions.services.accruing.accrue_clients": LEDGER,
    "commissions.services.accruing.accrue_month": LEDGER,
    "commissions.services.catching_up.catch_up": LEDGER,
    "commissions.services.receipts.record_receipts": LEDGER,
    "commissions.services.schedules.settle": LEDGER,
    "commissions.services.schedules.settle_increases": LEDGER,
    "commissions.services.schedules.settle_schedules": LEDGER,
    "clients.services.note_domains": DERIVED,
    "clients.services.settle_managed": LEDGER,
    "clients.services.settle_turning": LEDGER,
}
"""Services that write and record nothing, and why."""


@dataclass(frozen=True)
class Function:
    """A function of a services module: what it calls, and whether it writes itself."""

    calls: frozenset[tuple[str, str]]
    writes: bool
    public: bool


def modules() -> Iterator[tuple[str, Path]]:
    for app in APPS:
        for path in sorted((ROOT / app).glob("services.py")):
            yield f"{app}.services", path
        for path in sorted((ROOT / app / "services").rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), path


def imports(tree: ast.Module) -> dict[str, tuple[str, str]]:
    """Return local name → (module, name) of what a module imports."""
    return {
        alias.asname or alias.name: (node.module or "", alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def called(
    node: ast.FunctionDef, module: str, names: dict[str, tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Yield (module, name) of what a function calls or hands on, as far as one reads."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield names.get(part.id, (module, part.id))
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            package, name = names.get(part.value.id, ("", part.value.id))
            yield f"{package}.{name}".removeprefix("."), part.attr


FILES = frozenset({"csv_response", "sheet_response"})
"""What makes an answer that is a file of data."""


def hands_out_data() -> list[str]:
    """Return the functions above `ui` that answer with a file of data."""
    return [
        f"{path.relative_to(ROOT)}:{node.name}"
        for app in (*APPS, "portal")
        for path in sorted((ROOT / app).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and names_in(node) & FILES
    ]


def names_in(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def writes(node: ast.FunctionDef) -> bool:
    return any(
        isinstance(part, ast.Call)
        and isinstance(part.func, ast.Attribute)
        and part.func.attr in WRITES
        for part in ast.walk(node)
    )


@cache
def aliases() -> dict[tuple[str, str], tuple[str, str]]:
    """Return where a name comes from that the package of a service hands on."""
    return {
        (module, local): origin
        for module, path in modules()
        if path.name == "__init__.py"
        for local, origin in imports(ast.parse(path.read_text("utf-8"))).items()
    }


@cache
def functions() -> dict[tuple[str, str], Function]:
    """Return every function at the top of a services module."""
    found = {}
    for module, path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = imports(tree)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                found[module, node.name] = Function(
                    calls=frozenset(
                        aliases().get(place, place)
                        for place in called(node, module, names)
                    ),
                    writes=writes(node),
                    public=not node.name.startswith("_"),
                )
    return found


def reach(start: tuple[str, str]) -> set[tuple[str, str]]:
    """Return everything a function leads to; not through those that stay silent."""
    seen: set[tuple[str, str]] = set()
    ahead = [start]
    while ahead:
        place = ahead.pop()
        if place in seen:
            continue
        seen.add(place)
        function = functions().get(place)
        if function and place not in RECORDS and not is_silent(place):
            ahead += function.calls
    return seen


def is_silent(place: tuple[str, str]) -> bool:
    return ".".join(place) in SILENT


def services_that_write() -> list[str]:
    return sorted(
        ".".join(place)
        for place, function in functions().items()
        if function.public
        and place[0] != AUDIT
        and not is_silent(place)
        and any(
            functions()[each].writes and not is_silent(each)
            for each in reach(place) & functions().keys()
        )
    )


@pytest.mark.parametrize("service", services_that_write())
def test_a_service_that_writes_records(service: str) -> None:
    module, _dot, name = service.rpartition(".")

    assert reach((module, name)) & RECORDS, (
        f"{service} writes and never calls audit.record: let it, or say in SILENT why."
    )


def test_the_reading_finds_what_is_known_to_write_and_to_record() -> None:
    found = services_that_write()

    assert {
        "deals.services.life.closing.win_deal",
        "partners.services.accounts.open_account",
        "partners.services.people.leave_company",
        "partners.services.staff.deactivate_account",
    } <= set(found)
    recording = ("partners.services.audit", "record")
    assert recording in reach(("deals.services.life.closing", "win_deal"))
    assert not reach(("deals.services.life.settling", "settle_deals")) & RECORDS


@pytest.mark.parametrize("service", sorted(SILENT))
def test_an_exception_exists_and_is_needed(service: str) -> None:
    module, _dot, name = service.rpartition(".")
    function = functions()[module, name]

    assert function.public
    assert SILENT[service]
    assert not RECORDS & function.calls


@pytest.mark.parametrize("place", hands_out_data())
def test_who_takes_data_along_is_recorded(place: str) -> None:
    path, _colon, name = place.partition(":")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    [node] = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]

    assert "record_export" in names_in(node)


def test_there_are_downloads() -> None:
    assert "portal/downloads.py:download" in hands_out_data()
