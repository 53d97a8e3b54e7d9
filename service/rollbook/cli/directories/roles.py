"""`rollbook roles`: creates, changes, lists, shows, loads and removes roles."""

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.directories.named import (
    add_commands,
    alias_options,
    aliases_typed,
    need_something,
)
from rollbook.cli.screen.formats import directory_option, output_option, show
from rollbook.client import Client
from rollbook.v1.directories_pb2 import Directory, Role

_COLUMNS = ("name", "aliases", "privileged")


@click.group()
def roles() -> None:
    """Create, change, list, load and remove roles of a directory."""


@roles.command("add")
@click.argument("name")
@click.option("--alias", multiple=True, help="Another name that a file may use. Repeatable.")
@click.option("--privileged", is_flag=True, help="Only callers with roles:privileged may grant it.")
@directory_option
@output_option
@connection_options
def _add(name: str, alias: tuple[str, ...], privileged: bool, directory: str, output: str) -> None:
    """Create the role NAME.

    Example: rollbook roles add Manager --alias "team lead"
    """
    role = Role(name=name, aliases=alias, privileged=privileged)
    show([ask(lambda client: client.roles.create(directory, role))], _COLUMNS, output)


@roles.command("set")
@click.argument("name")
@click.option("--name", "new_name", metavar="NEW", help="The new name.")
@alias_options
@click.option("--privileged/--not-privileged", default=None, help="As for `roles add`.")
@click.option("--default", is_flag=True, help="Make it the role of new users.")
@directory_option
@output_option
@connection_options
def _set(
    name: str,
    new_name: str | None,
    privileged: bool | None,
    default: bool,
    directory: str,
    output: str,
    **typed: tuple[str, ...],
) -> None:
    """Change the role NAME. Its users keep it; what is not given stays."""
    aliases = aliases_typed(typed["alias"], typed["add_alias"], typed["remove_alias"])
    paths = [] if new_name is None else ["name"]
    paths += [] if privileged is None else ["privileged"]
    paths += ["aliases"] if aliases else []
    need_something(paths or default)

    async def changed(client: Client) -> Role:
        stored = await client.roles.get(directory, name)
        wanted = Role(
            name=new_name or "", aliases=aliases.of(stored.aliases), privileged=bool(privileged)
        )
        role = await client.roles.update(directory, name, wanted, paths) if paths else stored
        if default:
            new_default = Directory(name=directory, default_role=role.name)
            await client.directories.update(new_default, ["default_role"])
        return role

    show([ask(changed)], _COLUMNS, output)


add_commands(
    roles,
    lambda client: client.roles,
    one="role",
    many="roles",
    columns=_COLUMNS,
    csv_columns="the columns name, aliases (joined by |), privileged",
    filter_option="--role",
)
