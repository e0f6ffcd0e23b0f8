"""National clearing codes: real ones are read, others refused without repeating them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from program.clearing import (
    MAX_LENGTH,
    SYSTEMS,
    ClearingCodeError,
    Fault,
    read_code,
)
from program.territories import TERRITORIES

# Routing numbers that banks print on every cheque of theirs.
ROUTING_NUMBERS = (
    *("021000021", "011401533", "091000019", "026009593", "121000248", "322271627"),
    *("111000025", "071000013", "021502011"),
)


@pytest.mark.parametrize("code", ROUTING_NUMBERS)
def test_routing_numbers_in_use_are_read(code: str) -> None:
    assert read_code(code, country="US") == code
    assert read_code(f" {code[:4]}-{code[4:8]}-{code[8:]} ", country="PR") == code


@pytest.mark.parametrize("code", ROUTING_NUMBERS)
def test_any_digit_mistyped_or_swapped_is_found(code: str) -> None:
    for place, digit in enumerate(code):
        for other in set("0123456789") - {digit}:
            with pytest.raises(ClearingCodeError):
                read_code(code[:place] + other + code[place + 1 :], country="US")
    with pytest.raises(ClearingCodeError) as error:
        read_code(code[:-1] + str((int(code[-1]) + 1) % 10), country="US")
    assert error.value.fault is Fault.CHECK_DIGIT


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("00102-003", "CA", "000300102"),  # as on a cheque: transit, institution
        ("003-00102", "CA", "000300102"),
        ("00102 003", "CA", "000300102"),
        ("000300102", "CA", "000300102"),
        ("0003-00102", "CA", "000300102"),
        ("20-20-15", "GB", "202015"),
        ("20 20 15", "JE", "202015"),
        ("20\u201120\u201315", "IM", "202015"),
        ("062-000", "AU", "062000"),
        ("062000", "CX", "062000"),
        ("hdfc0000060", "IN", "HDFC0000060"),
        ("SBIN0RRCHGB", "IN", "SBIN0RRCHGB"),
        ("02-0368", "NZ", "020368"),
    ],
)
def test_codes_are_read_as_people_write_them(text: str, country: str, code: str) -> None:
    assert read_code(text, country=country) == code


@pytest.mark.parametrize(
    ("text", "country", "fault"),
    [
        ("021000022", "US", Fault.CHECK_DIGIT),
        ("000000000", "US", Fault.FORM),  # its weights come to nothing, too
        ("000000518", "US", Fault.FORM),  # the Treasury
        ("800000019", "US", Fault.FORM),  # travellers' cheques
        ("500000005", "US", Fault.FORM),  # no such district
        ("02100002", "US", Fault.FORM),
        ("0210000210", "US", Fault.FORM),
        ("\uff10\uff12\uff11\uff10\uff10\uff10\uff10\uff12\uff11", "US", Fault.FORM),
        ("CHASUS33", "US", Fault.FORM),
        ("00102003", "CA", Fault.FORM),  # either order: not guessed
        ("000000102", "CA", Fault.FORM),
        ("021000021", "GB", Fault.FORM),
        ("000000", "GB", Fault.FORM),
        ("20-20-1", "GB", Fault.FORM),
        ("062-000", "US", Fault.FORM),
        ("HDFC1000060", "IN", Fault.FORM),
        ("HDFC000006", "IN", Fault.FORM),
        ("", "NZ", Fault.FORM),
        ("021000021", "DE", Fault.NO_SYSTEM),
        ("021000021", "", Fault.NO_SYSTEM),
        ("021000021\n<x>", "US", Fault.FORM),
        ("021000021\x00", "US", Fault.FORM),
    ],
)
def test_what_is_no_code_of_the_country_is_refused(
    text: str, country: str, fault: Fault
) -> None:
    with pytest.raises(ClearingCodeError) as error:
        read_code(text, country=country)

    assert error.value.fault is fault
    assert not text or text not in str(error.value)


@given(text=st.text(max_size=30), country=st.sampled_from([*SYSTEMS, "DE", "ZZ", ""]))
def test_any_text_is_a_code_of_the_standard_or_refused(text: str, country: str) -> None:
    try:
        code = read_code(text, country=country)
    except ClearingCodeError:
        return
    assert code.isascii()
    assert code.isalnum()
    assert len(code) <= MAX_LENGTH
    assert read_code(code, country=country) == code


def test_every_country_is_one_and_every_example_is_a_code_of_it() -> None:
    assert set(SYSTEMS) <= TERRITORIES
    for country, system in SYSTEMS.items():
        assert read_code(system.example, country=country)
    assert {system.code for system in SYSTEMS.values()} == {
        *("USABA", "CACPA", "GBDSC", "AUBSB", "INFSC", "NZNCC"),
    }
