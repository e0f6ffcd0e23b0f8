"""The table of every list page.

django-tables2 knows columns and their order; the rows are written here, in Python, and
the rest by `templates/ui/table.html`. What it does for every list: sort links with
`aria-sort`, pages of 25, 50 or 100, a caption, the sums of the filtered set, an empty
state that names the first act, cards instead of rows on a phone.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Self

import django_tables2 as tables
from django.core.paginator import Paginator
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ui import formats
from ui.columns import PortalColumn
from ui.html import escaped, fill, joined
from ui.listings import COLUMNS
from ui.query import BadQueryError, Query

PAGE_SIZES = (25, 50, 100)
LAST_PAGE = 1_000_000
"""Highest page number read from an address; the database is not asked for more."""

ELLIPSIS = "…"


class Act(NamedTuple):
    """What to do first where there is nothing yet."""

    label: Any
    url_name: str

    @property
    def url(self) -> str:
        return reverse(self.url_name)


class Head(NamedTuple):
    """One column's heading."""

    label: str
    css: str
    sort_url: str
    aria_sort: str


class PageLink(NamedTuple):
    """One page, or one page size, to go to. No URL: the gap between two."""

    text: str
    url: str
    is_current: bool


class ColumnChoice(NamedTuple):
    """A column to be shown or not."""

    name: str
    label: str
    is_shown: bool


class PortalTable(tables.Table):
    """A list. Subclasses name columns (`ui.columns`) and the words around them.

    >>> table = DealTable(deals, sums={"points": 12_500_000}, filtered=form.is_active)
    >>> table.configure(request, known=form.names)

    `caption` names the list for screen readers. `empty_title`, `empty_hint` and
    `empty_act` say why there is nothing, if nothing was filtered out. `sums` are values
    of the whole filtered set by column, formatted as the column formats its cells.
    `counted` is the number of rows where the sums were counted with them already.
    `tie_breaker` ends every order, so that no row shows on two pages; None where rows
    have no such field. `choosable`: the reader may choose the columns; the first always
    stays, because it heads its row. `hidden_at_first` are columns that show only when
    they are chosen.
    """

    caption: ClassVar[Any] = ""
    empty_title: ClassVar[Any] = ""
    empty_hint: ClassVar[Any] = ""
    empty_act: ClassVar[Act | None] = None
    tie_breaker: ClassVar[str | None] = "pk"
    choosable: ClassVar[bool] = False
    hidden_at_first: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        """For subclasses to extend: order_by, sequence. What all need is in __init__."""

    def __init__(
        self,
        data: Any,
        *,
        sums: Mapping[str, Any] | None = None,
        filtered: bool = False,
        counted: int | None = None,
        **options: Any,
    ) -> None:
        # Said here and not in a Meta, which a subclass would have to inherit by name.
        options.setdefault("template_name", "ui/table.html")
        super().__init__(data, **options)
        self.sums = sums or {}
        self.filtered = filtered
        self.counted = counted
        self.request: HttpRequest | None = None
        self.chosen: list[str] = []
        self.base_order: list[str] = self.columns.names()

    # --- From the request -------------------------------------------------------------

    def configure(self, request: HttpRequest, *, known: Collection[str] = ()) -> Self:
        """Order and page the rows as the address says.

        Raises `BadQueryError` (400) for a column that cannot be ordered by, a page or a
        size that is none, and for every parameter that is neither the table's own nor in
        `known`. A page beyond the last is the last: rows may have gone since the link was
        made.
        """
        _sort, page, size = self._names()
        query = self.arrange(request.GET, known=known)
        per_page = query.integer(size, default=PAGE_SIZES[0])
        if per_page not in PAGE_SIZES:
            raise BadQueryError(_("A page has 25, 50 or 100 rows."))
        number = query.integer(page, default=1, low=1, high=LAST_PAGE)
        self.request = request
        self.paginator = Paginator(self.rows, per_page)
        if self.counted is not None:
            self.paginator.count = self.counted
        self.page = self.paginator.page(min(number, self.paginator.num_pages))
        return self

    def arrange(self, params: QueryDict, *, known: Collection[str] = ()) -> Query:
        """Order rows and choose columns as the address says; return its parameters.

        No row is read. For what has no pages: a download takes `arranged`, all rows in
        the order shown, and `chosen`, the names of the columns if any were chosen.
        Raises `BadQueryError` like `configure`.
        """
        sort, page, size = self._names()
        own = {sort, page, size, COLUMNS} if self.choosable else {sort, page, size}
        query = Query(params, known={*own, *known})
        aliases = params.getlist(sort)
        for alias in aliases:
            self._check_order(alias)
        if any(aliases):
            self.order_by = aliases
        self._break_ties()
        if self.choosable:
            self._choose([name for name in params.getlist(COLUMNS) if name])
        return query

    @property
    def arranged(self) -> Any:
        """All rows in their order, as the queryset or list the table was made of."""
        return self.data.data

    def _names(self) -> tuple[str, str, str]:
        return (
            self.prefixed_order_by_field,
            self.prefixed_page_field,
            self.prefixed_per_page_field,
        )

    def _choose(self, names: list[str]) -> None:
        """Show these columns in this order, all if there are none."""
        existing = self.columns.names()
        if len(set(names)) < len(names) or not set(names) <= set(existing):
            raise BadQueryError(_("This list has no such columns."))
        if not names:
            for name in self.hidden_at_first:
                self.columns.hide(name)
            return
        self.chosen = [existing[0], *(name for name in names if name != existing[0])]
        self.sequence = [*self.chosen, "..."]
        for name in existing:
            if name not in self.chosen:
                self.columns.hide(name)

    def _check_order(self, alias: str) -> None:
        name = alias.removeprefix("-")
        if name and (name not in self.columns or not self.columns[name].orderable):
            raise BadQueryError(_("This list cannot be sorted that way."))

    def _break_ties(self) -> None:
        queryset = self.data.data
        if self.tie_breaker is None or not hasattr(queryset, "query"):
            return
        order = [str(name) for name in queryset.query.order_by]
        if not {self.tie_breaker, f"-{self.tie_breaker}"} & set(order):
            self.data.data = queryset.order_by(*order, self.tie_breaker)

    def _url(self, **changes: object) -> str:
        """Return this page's address with other parameters; None takes one away."""
        assert self.request is not None, "configure() the table first"
        params = self.request.GET.copy()
        for name, value in changes.items():
            if value is None:
                params.pop(name, None)
            else:
                params[name] = str(value)
        return f"?{params.urlencode()}"

    # --- For the template -------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        return self.paginator.count == 0

    @property
    def unfiltered_url(self) -> str:
        """The same list with nothing filtered out, in the same columns."""
        assert self.request is not None, "configure() the table first"
        kept = urlencode({COLUMNS: self.columns_in_address}, doseq=True)
        return f"{self.request.path}?{kept}" if kept else self.request.path

    @property
    def columns_in_address(self) -> list[str]:
        """What the address says of columns; [""] says: all of them."""
        assert self.request is not None, "configure() the table first"
        return self.request.GET.getlist(COLUMNS)

    def column_choices(self) -> list[ColumnChoice]:
        """Return the columns a reader may choose, in the order of the list."""
        at_first = set(self.base_order) - self.hidden_at_first
        shown = set(self.chosen) or at_first
        return [
            ColumnChoice(name, str(self.columns[name].header), name in shown)
            for name in self.base_order[1:]
        ]

    @property
    def count_text(self) -> str:
        """Which rows of how many: from 26 to 50 of 214; in words if there are none."""
        if self.is_empty:
            return str(
                _("Nothing matches the filter.") if self.filtered else self.empty_title
            )
        return _("%(first)s–%(last)s of %(count)s") % {
            "first": formats.number(self.page.start_index()),
            "last": formats.number(self.page.end_index()),
            "count": formats.number(self.paginator.count),
        }

    def heads(self) -> Iterator[Head]:
        """Yield the headings in the order of the columns."""
        sort, page, _size = self._names()
        for bound in self.columns:
            alias = bound.order_by_alias
            yield Head(
                label=str(bound.header),
                css=_css(bound.column),
                sort_url=(
                    self._url(**{sort: alias.next, page: None}) if bound.orderable else ""
                ),
                aria_sort=_direction(alias) if bound.is_ordered else "",
            )

    def body(self) -> Iterator[SafeString]:
        """Yield the cells of each row of this page, as HTML."""
        shapes = self._cell_shapes()
        for row in self.page.object_list:
            record = row.record
            yield joined(
                fill(
                    shape,
                    column.cell(record)
                    if isinstance(column, PortalColumn)
                    else str(row.get_cell(name)),
                )
                for name, column, shape in shapes
            )

    def foot(self) -> SafeString | None:
        """Return the cells of the sums row, None if there are no sums."""
        if not self.sums:
            return None
        cells = []
        for position, (name, column, shape) in enumerate(self._cell_shapes()):
            if name in self.sums:
                content = _sum_text(column, self.sums[name])
            else:
                content = _("Sum of all rows") if position == 0 else ""
            cells.append(fill(shape, content))
        return joined(cells)

    def _cell_shapes(self) -> list[tuple[str, Any, SafeString]]:
        """Return each column's name, the column, and its cell with a hole in it.

        The first cell heads its row. Roles are said aloud because cards on a phone are no
        longer displayed as a table. `data-label` names the fact on such a card.
        """
        shapes = []
        for position, bound in enumerate(self.columns):
            facts = f'class="{_css(bound.column)}" data-label="{_label(bound.header)}"'
            shape = (
                f'<td role="cell" {facts}>{{}}</td>'
                if position
                else f'<th role="rowheader" scope="row" {facts}>{{}}</th>'
            )
            shapes.append((bound.name, bound.column, SafeString(shape)))
        return shapes

    def page_links(self) -> Iterator[PageLink]:
        """Yield the pages around this one, the first and the last, with gaps."""
        _sort, page, _size = self._names()
        for number in self.paginator.get_elided_page_range(
            self.page.number, on_each_side=1, on_ends=1
        ):
            if number == ELLIPSIS:
                yield PageLink(text=ELLIPSIS, url="", is_current=False)
            else:
                yield PageLink(
                    text=formats.number(int(number)),
                    url=self._url(**{page: number}),
                    is_current=number == self.page.number,
                )

    @property
    def previous_url(self) -> str:
        """The page before, "" on the first."""
        if not self.page.has_previous():
            return ""
        return self._url(**{self.prefixed_page_field: self.page.number - 1})

    @property
    def next_url(self) -> str:
        """The page after, "" on the last."""
        if not self.page.has_next():
            return ""
        return self._url(**{self.prefixed_page_field: self.page.number + 1})

    def size_links(self) -> Iterator[PageLink]:
        """Yield the page sizes; a list shorter than the smallest needs none."""
        if self.paginator.count <= PAGE_SIZES[0]:
            return
        _sort, page, size = self._names()
        for rows in PAGE_SIZES:
            yield PageLink(
                text=str(rows),
                url=self._url(**{size: rows, page: None}),
                is_current=rows == self.paginator.per_page,
            )


def _css(column: Any) -> str:
    return str(getattr(column, "css", ""))


def _label(header: object) -> str:
    """Return a heading for an attribute of a shape, where braces would be holes."""
    return escaped(str(header)).replace("{", "{{").replace("}", "}}")


def _direction(alias: Any) -> str:
    return "descending" if alias.is_descending else "ascending"


def _sum_text(column: Any, value: Any) -> str:
    if isinstance(value, str) or not isinstance(column, PortalColumn):
        return str(value)
    return column.text(value)
