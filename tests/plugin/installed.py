"""Makes a plugin of the tests look installed, as far as its metadata goes."""

from pathlib import Path

METADATA = """\
Metadata-Version: 2.1
Name: {distribution}
Version: {version}
"""


def installed(
    folder: Path, name: str, value: str, *, distribution: str = "", version: str = "1.2.3"
) -> None:
    """Write the metadata of a distribution with one entry point of the group `rollbook`.

    With `folder` on the path the plugin `name` is found; `value` is where it is, as
    `module` or `module:object`.
    """
    distribution = distribution or f"rollbook-{name}"
    info = folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    info.joinpath("METADATA").write_text(
        METADATA.format(distribution=distribution, version=version)
    )
    info.joinpath("entry_points.txt").write_text(f"[rollbook]\n{name} = {value}\n")
