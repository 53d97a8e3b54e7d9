from google.protobuf import field_mask_pb2 as _field_mask_pb2
from rollbook.v1 import notices_pb2 as _notices_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Directory(_message.Message):
    __slots__ = ("name", "display_name", "default_role", "seats", "active_users", "safeguards", "notices", "notices_per_minute", "sources", "password_min_length")
    class SourcesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_ROLE_FIELD_NUMBER: _ClassVar[int]
    SEATS_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_USERS_FIELD_NUMBER: _ClassVar[int]
    SAFEGUARDS_FIELD_NUMBER: _ClassVar[int]
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    NOTICES_PER_MINUTE_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_MIN_LENGTH_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    default_role: str
    seats: int
    active_users: int
    safeguards: Safeguards
    notices: _containers.RepeatedScalarFieldContainer[_notices_pb2.NoticeEvent]
    notices_per_minute: int
    sources: _containers.ScalarMap[str, str]
    password_min_length: int
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., default_role: _Optional[str] = ..., seats: _Optional[int] = ..., active_users: _Optional[int] = ..., safeguards: _Optional[_Union[Safeguards, _Mapping]] = ..., notices: _Optional[_Iterable[_Union[_notices_pb2.NoticeEvent, str]]] = ..., notices_per_minute: _Optional[int] = ..., sources: _Optional[_Mapping[str, str]] = ..., password_min_length: _Optional[int] = ...) -> None: ...

class Safeguards(_message.Message):
    __slots__ = ("max_suspended_percent", "max_suspended", "max_email_percent", "max_role_percent")
    MAX_SUSPENDED_PERCENT_FIELD_NUMBER: _ClassVar[int]
    MAX_SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    MAX_EMAIL_PERCENT_FIELD_NUMBER: _ClassVar[int]
    MAX_ROLE_PERCENT_FIELD_NUMBER: _ClassVar[int]
    max_suspended_percent: SafeguardLimit
    max_suspended: SafeguardLimit
    max_email_percent: SafeguardLimit
    max_role_percent: SafeguardLimit
    def __init__(self, max_suspended_percent: _Optional[_Union[SafeguardLimit, _Mapping]] = ..., max_suspended: _Optional[_Union[SafeguardLimit, _Mapping]] = ..., max_email_percent: _Optional[_Union[SafeguardLimit, _Mapping]] = ..., max_role_percent: _Optional[_Union[SafeguardLimit, _Mapping]] = ...) -> None: ...

class SafeguardLimit(_message.Message):
    __slots__ = ("at_most", "off")
    AT_MOST_FIELD_NUMBER: _ClassVar[int]
    OFF_FIELD_NUMBER: _ClassVar[int]
    at_most: int
    off: bool
    def __init__(self, at_most: _Optional[int] = ..., off: bool = ...) -> None: ...

class Role(_message.Message):
    __slots__ = ("name", "aliases", "privileged")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    PRIVILEGED_FIELD_NUMBER: _ClassVar[int]
    name: str
    aliases: _containers.RepeatedScalarFieldContainer[str]
    privileged: bool
    def __init__(self, name: _Optional[str] = ..., aliases: _Optional[_Iterable[str]] = ..., privileged: bool = ...) -> None: ...

class Location(_message.Message):
    __slots__ = ("name", "code", "aliases")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    name: str
    code: str
    aliases: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., code: _Optional[str] = ..., aliases: _Optional[_Iterable[str]] = ...) -> None: ...

class OrganizationalUnit(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class CreateDirectoryRequest(_message.Message):
    __slots__ = ("directory",)
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    directory: Directory
    def __init__(self, directory: _Optional[_Union[Directory, _Mapping]] = ...) -> None: ...

class CreateDirectoryResponse(_message.Message):
    __slots__ = ("directory",)
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    directory: Directory
    def __init__(self, directory: _Optional[_Union[Directory, _Mapping]] = ...) -> None: ...

class GetDirectoryRequest(_message.Message):
    __slots__ = ("directory",)
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    directory: str
    def __init__(self, directory: _Optional[str] = ...) -> None: ...

class GetDirectoryResponse(_message.Message):
    __slots__ = ("directory",)
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    directory: Directory
    def __init__(self, directory: _Optional[_Union[Directory, _Mapping]] = ...) -> None: ...

class UpdateDirectoryRequest(_message.Message):
    __slots__ = ("directory", "update_mask")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    directory: Directory
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, directory: _Optional[_Union[Directory, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateDirectoryResponse(_message.Message):
    __slots__ = ("directory",)
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    directory: Directory
    def __init__(self, directory: _Optional[_Union[Directory, _Mapping]] = ...) -> None: ...

class ListDirectoriesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDirectoriesResponse(_message.Message):
    __slots__ = ("directories", "next_page_token")
    DIRECTORIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    directories: _containers.RepeatedCompositeFieldContainer[Directory]
    next_page_token: str
    def __init__(self, directories: _Optional[_Iterable[_Union[Directory, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeleteDirectoryRequest(_message.Message):
    __slots__ = ("directory",)
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    directory: str
    def __init__(self, directory: _Optional[str] = ...) -> None: ...

class DeleteDirectoryResponse(_message.Message):
    __slots__ = ("directory",)
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    directory: Directory
    def __init__(self, directory: _Optional[_Union[Directory, _Mapping]] = ...) -> None: ...

class CreateRoleRequest(_message.Message):
    __slots__ = ("directory", "role")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    directory: str
    role: Role
    def __init__(self, directory: _Optional[str] = ..., role: _Optional[_Union[Role, _Mapping]] = ...) -> None: ...

class CreateRoleResponse(_message.Message):
    __slots__ = ("role",)
    ROLE_FIELD_NUMBER: _ClassVar[int]
    role: Role
    def __init__(self, role: _Optional[_Union[Role, _Mapping]] = ...) -> None: ...

class GetRoleRequest(_message.Message):
    __slots__ = ("directory", "name")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    directory: str
    name: str
    def __init__(self, directory: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class GetRoleResponse(_message.Message):
    __slots__ = ("role",)
    ROLE_FIELD_NUMBER: _ClassVar[int]
    role: Role
    def __init__(self, role: _Optional[_Union[Role, _Mapping]] = ...) -> None: ...

class ListRolesRequest(_message.Message):
    __slots__ = ("directory", "page_size", "page_token")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    directory: str
    page_size: int
    page_token: str
    def __init__(self, directory: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRolesResponse(_message.Message):
    __slots__ = ("roles", "next_page_token")
    ROLES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    roles: _containers.RepeatedCompositeFieldContainer[Role]
    next_page_token: str
    def __init__(self, roles: _Optional[_Iterable[_Union[Role, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateRoleRequest(_message.Message):
    __slots__ = ("directory", "name", "role", "update_mask")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    directory: str
    name: str
    role: Role
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, directory: _Optional[str] = ..., name: _Optional[str] = ..., role: _Optional[_Union[Role, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateRoleResponse(_message.Message):
    __slots__ = ("role",)
    ROLE_FIELD_NUMBER: _ClassVar[int]
    role: Role
    def __init__(self, role: _Optional[_Union[Role, _Mapping]] = ...) -> None: ...

class DeleteRoleRequest(_message.Message):
    __slots__ = ("directory", "name")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    directory: str
    name: str
    def __init__(self, directory: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class DeleteRoleResponse(_message.Message):
    __slots__ = ("role",)
    ROLE_FIELD_NUMBER: _ClassVar[int]
    role: Role
    def __init__(self, role: _Optional[_Union[Role, _Mapping]] = ...) -> None: ...

class LoadRolesRequest(_message.Message):
    __slots__ = ("directory", "csv")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    CSV_FIELD_NUMBER: _ClassVar[int]
    directory: str
    csv: bytes
    def __init__(self, directory: _Optional[str] = ..., csv: _Optional[bytes] = ...) -> None: ...

class LoadRolesResponse(_message.Message):
    __slots__ = ("created", "unchanged")
    CREATED_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_FIELD_NUMBER: _ClassVar[int]
    created: int
    unchanged: int
    def __init__(self, created: _Optional[int] = ..., unchanged: _Optional[int] = ...) -> None: ...

class CreateLocationRequest(_message.Message):
    __slots__ = ("directory", "location")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    directory: str
    location: Location
    def __init__(self, directory: _Optional[str] = ..., location: _Optional[_Union[Location, _Mapping]] = ...) -> None: ...

class CreateLocationResponse(_message.Message):
    __slots__ = ("location",)
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    location: Location
    def __init__(self, location: _Optional[_Union[Location, _Mapping]] = ...) -> None: ...

class GetLocationRequest(_message.Message):
    __slots__ = ("directory", "name")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    directory: str
    name: str
    def __init__(self, directory: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class GetLocationResponse(_message.Message):
    __slots__ = ("location",)
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    location: Location
    def __init__(self, location: _Optional[_Union[Location, _Mapping]] = ...) -> None: ...

class ListLocationsRequest(_message.Message):
    __slots__ = ("directory", "page_size", "page_token")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    directory: str
    page_size: int
    page_token: str
    def __init__(self, directory: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListLocationsResponse(_message.Message):
    __slots__ = ("locations", "next_page_token")
    LOCATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    locations: _containers.RepeatedCompositeFieldContainer[Location]
    next_page_token: str
    def __init__(self, locations: _Optional[_Iterable[_Union[Location, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateLocationRequest(_message.Message):
    __slots__ = ("directory", "name", "location", "update_mask")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    directory: str
    name: str
    location: Location
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, directory: _Optional[str] = ..., name: _Optional[str] = ..., location: _Optional[_Union[Location, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateLocationResponse(_message.Message):
    __slots__ = ("location",)
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    location: Location
    def __init__(self, location: _Optional[_Union[Location, _Mapping]] = ...) -> None: ...

class DeleteLocationRequest(_message.Message):
    __slots__ = ("directory", "name")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    directory: str
    name: str
    def __init__(self, directory: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class DeleteLocationResponse(_message.Message):
    __slots__ = ("location",)
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    location: Location
    def __init__(self, location: _Optional[_Union[Location, _Mapping]] = ...) -> None: ...

class LoadLocationsRequest(_message.Message):
    __slots__ = ("directory", "csv")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    CSV_FIELD_NUMBER: _ClassVar[int]
    directory: str
    csv: bytes
    def __init__(self, directory: _Optional[str] = ..., csv: _Optional[bytes] = ...) -> None: ...

class LoadLocationsResponse(_message.Message):
    __slots__ = ("created", "unchanged")
    CREATED_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_FIELD_NUMBER: _ClassVar[int]
    created: int
    unchanged: int
    def __init__(self, created: _Optional[int] = ..., unchanged: _Optional[int] = ...) -> None: ...

class CreateOrganizationalUnitRequest(_message.Message):
    __slots__ = ("directory", "organizational_unit")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATIONAL_UNIT_FIELD_NUMBER: _ClassVar[int]
    directory: str
    organizational_unit: OrganizationalUnit
    def __init__(self, directory: _Optional[str] = ..., organizational_unit: _Optional[_Union[OrganizationalUnit, _Mapping]] = ...) -> None: ...

class CreateOrganizationalUnitResponse(_message.Message):
    __slots__ = ("organizational_unit",)
    ORGANIZATIONAL_UNIT_FIELD_NUMBER: _ClassVar[int]
    organizational_unit: OrganizationalUnit
    def __init__(self, organizational_unit: _Optional[_Union[OrganizationalUnit, _Mapping]] = ...) -> None: ...

class GetOrganizationalUnitRequest(_message.Message):
    __slots__ = ("directory", "name")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    directory: str
    name: str
    def __init__(self, directory: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class GetOrganizationalUnitResponse(_message.Message):
    __slots__ = ("organizational_unit",)
    ORGANIZATIONAL_UNIT_FIELD_NUMBER: _ClassVar[int]
    organizational_unit: OrganizationalUnit
    def __init__(self, organizational_unit: _Optional[_Union[OrganizationalUnit, _Mapping]] = ...) -> None: ...

class ListOrganizationalUnitsRequest(_message.Message):
    __slots__ = ("directory", "page_size", "page_token")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    directory: str
    page_size: int
    page_token: str
    def __init__(self, directory: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListOrganizationalUnitsResponse(_message.Message):
    __slots__ = ("organizational_units", "next_page_token")
    ORGANIZATIONAL_UNITS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    organizational_units: _containers.RepeatedCompositeFieldContainer[OrganizationalUnit]
    next_page_token: str
    def __init__(self, organizational_units: _Optional[_Iterable[_Union[OrganizationalUnit, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateOrganizationalUnitRequest(_message.Message):
    __slots__ = ("directory", "name", "organizational_unit", "update_mask")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATIONAL_UNIT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    directory: str
    name: str
    organizational_unit: OrganizationalUnit
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, directory: _Optional[str] = ..., name: _Optional[str] = ..., organizational_unit: _Optional[_Union[OrganizationalUnit, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateOrganizationalUnitResponse(_message.Message):
    __slots__ = ("organizational_unit",)
    ORGANIZATIONAL_UNIT_FIELD_NUMBER: _ClassVar[int]
    organizational_unit: OrganizationalUnit
    def __init__(self, organizational_unit: _Optional[_Union[OrganizationalUnit, _Mapping]] = ...) -> None: ...

class DeleteOrganizationalUnitRequest(_message.Message):
    __slots__ = ("directory", "name")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    directory: str
    name: str
    def __init__(self, directory: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class DeleteOrganizationalUnitResponse(_message.Message):
    __slots__ = ("organizational_unit",)
    ORGANIZATIONAL_UNIT_FIELD_NUMBER: _ClassVar[int]
    organizational_unit: OrganizationalUnit
    def __init__(self, organizational_unit: _Optional[_Union[OrganizationalUnit, _Mapping]] = ...) -> None: ...

class LoadOrganizationalUnitsRequest(_message.Message):
    __slots__ = ("directory", "csv")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    CSV_FIELD_NUMBER: _ClassVar[int]
    directory: str
    csv: bytes
    def __init__(self, directory: _Optional[str] = ..., csv: _Optional[bytes] = ...) -> None: ...

class LoadOrganizationalUnitsResponse(_message.Message):
    __slots__ = ("created", "unchanged")
    CREATED_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_FIELD_NUMBER: _ClassVar[int]
    created: int
    unchanged: int
    def __init__(self, created: _Optional[int] = ..., unchanged: _Optional[int] = ...) -> None: ...
