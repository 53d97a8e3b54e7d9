"""DirectoryService: directories, roles, locations, organizational units."""

from typing import Any

from rollbook.errors import Reason, Refusal
from rollbook.importing.job import House
from rollbook.rpc.refusing import Context
from rollbook.v1 import directories_pb2


class DirectoryService:
    def __init__(self, house: House):
        self._house = house


async def _not_available(self: DirectoryService, request: Any, context: Context) -> Any:
    raise Refusal(Reason.INVALID_OPTIONS, "Not built yet.", {"params": "not_available"})


for _method in directories_pb2.DESCRIPTOR.services_by_name["DirectoryService"].methods:
    setattr(DirectoryService, _method.name, _not_available)
