"""Every room that names the fields of a user agrees with the table of fields."""

import pytest

from rollbook.checking import Checker
from rollbook.checking.cells import Limits
from rollbook.hooks import User
from rollbook.model import STORED, Field, Kind, Options
from rollbook.settings import Settings
from rollbook.store.staging import FIELD_CHANGES
from rollbook.users.policy import DEEDS
from rollbook.v1 import imports_pb2, users_pb2
from tests.unit.checking.batches import DEFAULT


@pytest.mark.parametrize("field", Field)
def test_a_field_has_its_number_in_the_contract(field: Field) -> None:
    """In `UserRow`, under its own name."""
    assert imports_pb2.UserRow.DESCRIPTOR.fields_by_name[field].number == field.traits.wire


@pytest.mark.parametrize("field", STORED)
def test_a_stored_field_is_shown_by_the_contract(field: Field) -> None:
    """`User` has it, under the same name."""
    assert field in users_pb2.User.DESCRIPTOR.fields_by_name


def test_plugins_see_the_fields_that_the_table_says() -> None:
    """In the same order, between the line and what is no column of its own."""
    shown = [field.value for field in Field if field.traits.to_plugins]
    assert list(User._fields) == ["line", *shown, "attributes", "current"]


@pytest.mark.parametrize("field", Field)
def test_a_field_has_a_rule_and_a_limit(field: Field) -> None:
    """The checker knows its kind, and the limits its limit."""
    checker = Checker(DEFAULT, Options(), Settings())
    assert checker.rule(field).cell("").issues == ()
    assert Limits().of_length(field.traits.limit) > 0


def test_names_are_stored_as_ids() -> None:
    """A reference names the table of its id; no other field has one."""
    named = {field for field in Field if field.traits.names}
    assert named == {field for field in Field if field.traits.kind is Kind.REFERENCE}


def test_every_protected_field_that_is_stored_has_its_bit() -> None:
    """The match has a bit for a change of each; the policy knows them all."""
    assert set(DEEDS) == {field for field in Field if field.traits.protected}
    assert set(FIELD_CHANGES) == {field for field in STORED if field.traits.protected}
