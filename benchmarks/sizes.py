"""How much data a size means."""

from dataclasses import dataclass

SEED = 2025


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Companies, clients and deals of the benchmarks' world; about two entries a deal.

    `bundles` are the deals of the bundles that `import` reads, 36 a partner or 16;
    `stated` are the lines of the statement that `statements` closes.
    """

    name: str
    partners: int
    deals: int
    bundles: tuple[int, ...]
    stated: int = 10_008

    @property
    def clients(self) -> int:
        return max(self.deals // 5, self.partners)

    @property
    def words(self) -> str:
        return f"{self.name}: {self.partners:,} partners, {self.deals:,} deals"


SIZES = {
    size.name: size
    for size in (
        # For the test-suite: everything runs, nothing is measured.
        Size(name="tiny", partners=60, deals=600, bundles=(192, 384), stated=360),
        # The programme as it is, and ten times as much.
        Size(name="small", partners=7_000, deals=250_000, bundles=(25_000,)),
        Size(name="large", partners=100_000, deals=2_500_000, bundles=(25_000, 250_000)),
    )
}
