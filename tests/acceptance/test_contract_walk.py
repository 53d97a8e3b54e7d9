"""Each part of the contract has an effect.

`PROOFS` has a line for every method, every field that a client sends, every choice of an option,
every limit of `GetServerInfo`, and every hook. The line names the test that fails if the part has
no effect, or is not refused by name.
"""

import ast
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FileDescriptor

import rollbook.v1
from rollbook.hooks.specs import HOOKS
from rollbook.settings import Settings
from rollbook.v1.notices_pb2 import NoticeMail
from rollbook.v1.server_pb2 import GetServerInfoRequest, GetServerInfoResponse
from tests.acceptance.wire import Peer

_FILES: tuple[FileDescriptor, ...] = tuple(
    import_module(f"rollbook.v1.{module.name}").DESCRIPTOR
    for module in iter_modules(rollbook.v1.__path__)
    if module.name.endswith("_pb2")
)


_REMOVED = "test_what_nobody_holds_is_removed_and_its_texts_are_free"
_RENAMED = "test_a_renamed_role_location_and_unit_keep_their_users"
_CHANGES = "test_each_change_of_a_user_says_who_made_it_and_what_each_field_was"
_CHANGED = "test_what_is_named_changes_and_the_rest_stays"

METHODS: dict[str, str] = {
    "ImportService.ImportUsers": "test_accepted_comes_at_once_and_understood_after_the_header",
    "ImportService.GetImport": "test_get_import",
    "ImportService.GetSample": "test_get_sample",
    "ImportService.ListImports": "test_list_imports",
    "ImportService.ListImportIssues": "test_list_import_issues",
    "ImportService.ListImportRows": "test_rows_are_listed_by_line_as_they_were_written",
    "ImportService.ListImportNotices": "test_notices_come_in_pages_by_line",
    "ImportService.DownloadReport": "test_download_report",
    "ImportService.WatchImport": "test_watch_import",
    "ImportService.CancelImport": "test_cancel_import",
    "ImportService.ApproveImport": "test_approve_import",
    "ImportService.ApplyImport": "test_apply_import",
    "NotificationService.ResendNotices": "test_what_failed_is_sent_again_as_a_new_notice",
    "NotificationService.RecordBounce": "test_a_mail_that_came_back_is_undeliverable",
    "DirectoryService.CreateDirectory": "test_a_new_directory_has_its_two_roles",
    "DirectoryService.GetDirectory": "test_a_new_directory_has_its_two_roles",
    "DirectoryService.ListDirectories": "test_directories_are_listed_by_name",
    "DirectoryService.CreateRole": "test_a_text_means_one_role",
    "DirectoryService.GetRole": "test_each_is_found_by_its_name_however_it_is_spelled",
    "DirectoryService.ListRoles": "test_pages_follow_one_another_without_gap_or_overlap",
    "DirectoryService.LoadRoles": "test_roles_locations_and_units_are_made_as_the_file_says",
    "DirectoryService.CreateLocation": "test_names_and_codes_mean_one_location",
    "DirectoryService.GetLocation": "test_each_is_found_by_its_name_however_it_is_spelled",
    "DirectoryService.ListLocations": "test_pages_follow_one_another_without_gap_or_overlap",
    "DirectoryService.LoadLocations": "test_roles_locations_and_units_are_made_as_the_file_says",
    "DirectoryService.CreateOrganizationalUnit": "test_a_unit_must_exist_beforehand",
    "DirectoryService.GetOrganizationalUnit": (
        "test_each_is_found_by_its_name_however_it_is_spelled"
    ),
    "DirectoryService.ListOrganizationalUnits": (
        "test_pages_follow_one_another_without_gap_or_overlap"
    ),
    "DirectoryService.LoadOrganizationalUnits": (
        "test_roles_locations_and_units_are_made_as_the_file_says"
    ),
    "DirectoryService.UpdateDirectory": "test_what_is_set_changes_and_the_rest_stays",
    "DirectoryService.DeleteDirectory": "test_a_directory_goes_with_all_that_it_holds",
    "DirectoryService.UpdateRole": _CHANGED,
    "DirectoryService.UpdateLocation": _CHANGED,
    "DirectoryService.UpdateOrganizationalUnit": _RENAMED,
    "DirectoryService.DeleteRole": _REMOVED,
    "DirectoryService.DeleteLocation": _REMOVED,
    "DirectoryService.DeleteOrganizationalUnit": _REMOVED,
    "UserService.GetUser": "test_a_user_is_told_whole",
    "UserService.ListUsers": "test_users_are_listed_by_role_location_unit_and_status",
    "UserService.ListUserChanges": _CHANGES,
    "UserService.WriteUser": "test_a_user_written_by_hand_is_there_as_an_imported_one",
    "UserService.SetLocks": "test_locks_are_set_one_by_one",
    "UserService.SetSources": "test_sources_are_set_by_hand",
    "UserService.SuspendUser": "test_suspending_gives_a_seat_back_and_reactivating_takes_one",
    "UserService.ReactivateUser": "test_suspending_gives_a_seat_back_and_reactivating_takes_one",
    "UserService.SendInvitations": "test_s55_who_was_imported_silently_is_invited_later",
    "SessionService.CreateSession": "test_a_session_has_the_rights_of_its_token",
    "SessionService.GetCaller": "test_a_caller_is_told_what_they_may",
    "SessionService.EndSession": "test_a_session_of_the_operators_own_token",
    "TokenService.CreateToken": "test_a_token_opens_what_it_says",
    "TokenService.ListTokens": "test_tokens_are_listed_with_whose_they_are",
    "TokenService.RevokeToken": "test_a_revoked_token_opens_nothing_any_more",
    "CredentialService.VerifyPassword": "test_s60_a_login_is_by_username_or_email",
    "CredentialService.RequestPasswordReset": "test_b241_a_reset_has_the_same_answer_for_everybody",
    "CredentialService.SetPassword": "test_s52_a_link_works_for_who_never_had_a_password",
    "CredentialService.SetUserPassword": (
        "test_s53_an_administrator_sets_a_password_that_must_be_changed"
    ),
    "CredentialService.GetPasswordPolicy": "test_s57_an_administrator_keeps_to_the_policy_too",
    "ServerService.GetServerInfo": "test_server_info_tells_profiles_and_limits",
    "ServerService.ListPlugins": "test_plugins_are_listed_with_state_and_price",
}

_DENIED = "test_a_missing_directory_is_denied_in_the_same_bytes_everywhere"
_PAGES = "test_pages_follow_one_another_without_gap_or_overlap"
_PAGE_SIZE = "test_a_page_has_100_unless_said_and_1000_at_most"
_FOUND = "test_each_is_found_by_its_name_however_it_is_spelled"
_LOADED = "test_roles_locations_and_units_are_made_as_the_file_says"
_TYPED = "test_typed_rows_carry_every_field"
_CALLED = "test_a_user_is_found_at_once_by_whatever_they_are_called"
_LISTED = "test_users_are_listed_by_role_location_unit_and_status"

_BY_HAND = "test_s53_an_administrator_sets_a_password_that_must_be_changed"
_RESENT = "test_what_is_sent_again_is_chosen_by_state_import_user_and_notice"

FIELDS: dict[str, str] = {
    **dict.fromkeys(
        (
            "VerifyPasswordRequest.directory",
            "RequestPasswordResetRequest.directory",
            "SetPasswordRequest.directory",
            "SetUserPasswordRequest.directory",
            "GetPasswordPolicyRequest.directory",
        ),
        _DENIED,
    ),
    **dict.fromkeys(
        ("VerifyPasswordRequest.user", "VerifyPasswordRequest.password"),
        "test_s60_a_login_is_by_username_or_email",
    ),
    **dict.fromkeys(
        (
            "VerifyPasswordRequest.client",
            "RequestPasswordResetRequest.client",
            "SetPasswordRequest.client",
        ),
        "test_what_is_not_built_or_not_set_is_refused",
    ),
    "SetUserPasswordRequest.mail_login_details": (
        "test_s55_login_details_are_mailed_only_if_they_are_asked_for"
    ),
    "RequestPasswordResetRequest.user": "test_b241_a_reset_has_the_same_answer_for_everybody",
    "SetPasswordRequest.link_token": "test_s52_a_link_works_for_who_never_had_a_password",
    **dict.fromkeys(
        (
            "SetPasswordRequest.old",
            "SetPasswordRequest.new_password",
            "OldPassword.user",
            "OldPassword.password",
            "SetUserPasswordRequest.user",
            "SetUserPasswordRequest.new_password",
            "SetUserPasswordRequest.must_change",
        ),
        _BY_HAND,
    ),
    **dict.fromkeys(
        (
            "RecordBounceRequest.notice_id",
            "RecordBounceRequest.status",
            "RecordBounceRequest.reason",
        ),
        "test_a_mail_that_came_back_is_undeliverable",
    ),
    "SendInvitationsRequest.directory": _DENIED,
    **dict.fromkeys(
        ("SendInvitationsRequest.import_id", "SendInvitationsRequest.validate_only"),
        "test_s55_who_was_imported_silently_is_invited_later",
    ),
    "SendInvitationsRequest.users": "test_s58_users_are_invited_by_any_of_their_names",
    "SendInvitationsRequest.kind": "test_s55_an_import_that_generates_is_invited_by_login_details",
    **dict.fromkeys(
        ("SendInvitationsRequest.page_size", "SendInvitationsRequest.page_token"),
        "test_an_import_is_invited_page_by_page",
    ),
    "RecordBounceRequest.directory": _DENIED,
    "ResendNoticesRequest.directory": _DENIED,
    "ResendNoticesRequest.states": _RESENT,
    "ResendNoticesRequest.import_id": _RESENT,
    "ResendNoticesRequest.user": _RESENT,
    "ResendNoticesRequest.notice_id": _RESENT,
    "ResendNoticesRequest.everybody": _RESENT,
    "ResendNoticesRequest.validate_only": "test_what_failed_is_sent_again_as_a_new_notice",
    "ResendNoticesRequest.page_size": "test_pages_end_where_the_first_one_found_the_end",
    "ResendNoticesRequest.page_token": "test_pages_end_where_the_first_one_found_the_end",
    "ImportUsersRequest.start": "test_start_comes_first",
    "ImportUsersRequest.csv": "test_half_close_without_end",
    "ImportUsersRequest.rows": _TYPED,
    "ImportUsersRequest.end": "test_end_needs_no_half_close",
    "ImportStart.import_id": "test_import_id_and_directory",
    "ImportStart.directory": "test_import_id_and_directory",
    "ImportStart.profile": "test_profile",
    "ImportStart.source": "test_source",
    "ImportStart.skip_results": "test_skip_results",
    "ImportStart.results_after_line": "test_results_behind_a_line",
    "ImportStart.compact_results": "test_both_forms_answer_alike",
    "ImportStart.options": "test_what_is_unset_goes_as_the_profile_says",
    "ImportStart.file_name": "test_an_import_keeps_the_name_of_its_file",
    "ImportOptions.mode": "test_mode",
    "ImportOptions.commit": "test_commit_whole_file",
    "ImportOptions.blanks": "test_blanks",
    "ImportOptions.unknown_role": "test_unknown_role",
    "ImportOptions.unknown_location": "test_unknown_place",
    "ImportOptions.unknown_unit": "test_unknown_place",
    "ImportOptions.unknown_columns": "test_unknown_columns",
    "ImportOptions.columns": "test_columns",
    "ImportOptions.delimiter": "test_delimiter",
    "ImportOptions.encoding": "test_encoding",
    "ImportOptions.first_password": "test_first_password_none_and_notify_nobody",
    "ImportOptions.notify": "test_first_password_none_and_notify_nobody",
    "ImportOptions.missing_users": "test_missing_users",
    "ImportOptions.only_lines": "test_only_lines",
    "ImportOptions.only_outcomes": "test_only_outcomes",
    "ImportOptions.include_changes": "test_include_changes",
    "ImportOptions.results": "test_results",
    "ImportOptions.max_failed_rows": "test_max_failed_rows",
    "ImportOptions.identity": "test_another_column_gives_the_number",
    "ImportOptions.single_names": "test_a_single_name_may_be_allowed",
    "ImportOptions.encoding_certain": (
        "test_utf_8_is_read_as_another_encoding_only_when_that_is_certain"
    ),
    "ColumnMapping.header": "test_columns",
    "ColumnMapping.field": "test_columns",
    "LineRange.first": "test_only_lines",
    "LineRange.last": "test_only_lines",
    "UserRows.rows": _TYPED,
    "UserRow.employee_number": _TYPED,
    "UserRow.email": _TYPED,
    "UserRow.username": _TYPED,
    "UserRow.first_name": _TYPED,
    "UserRow.last_name": _TYPED,
    "UserRow.name": _TYPED,
    "UserRow.role": _TYPED,
    "UserRow.location": _TYPED,
    "UserRow.organizational_unit": _TYPED,
    "UserRow.job_title": _TYPED,
    "UserRow.department": _TYPED,
    "UserRow.phone": _TYPED,
    "UserRow.password": "test_a_typed_password_is_not_taken_yet",
    "UserRow.change_password_next_time": _TYPED,
    "UserRow.attributes": "test_typed_attributes_have_limits",
    "ImportEnd.total_bytes": "test_end_says_another_number_of_bytes",
    "ImportEnd.sha256": "test_end_says_another_hash",
    "ImportEnd.total_rows": "test_end_says_a_number_of_rows",
    "GetImportRequest.directory": "test_get_import",
    "GetImportRequest.import_id": "test_get_import",
    "GetSampleRequest.directory": "test_get_sample",
    "GetSampleRequest.profile": "test_get_sample",
    "ListImportsRequest.directory": "test_list_imports",
    "ListImportsRequest.page_size": "test_list_imports",
    "ListImportsRequest.page_token": "test_list_imports",
    "ListImportsRequest.state": "test_list_imports",
    "ListImportsRequest.file_name": "test_imports_are_found_by_their_file",
    "ListImportsRequest.principal": "test_imports_are_found_by_who_when_and_profile",
    "ListImportsRequest.profile": "test_imports_are_found_by_who_when_and_profile",
    "ListImportsRequest.created_from": "test_imports_are_found_by_who_when_and_profile",
    "ListImportsRequest.created_until": "test_imports_are_found_by_who_when_and_profile",
    "ListImportIssuesRequest.directory": "test_list_import_issues",
    "ListImportIssuesRequest.import_id": "test_list_import_issues",
    "ListImportIssuesRequest.page_size": "test_list_import_issues",
    "ListImportIssuesRequest.page_token": "test_list_import_issues",
    "ListImportIssuesRequest.code": "test_list_import_issues",
    "ListImportIssuesRequest.severity": "test_list_import_issues",
    "ListImportRowsRequest.directory": "test_rows_are_listed_by_line_as_they_were_written",
    "ListImportRowsRequest.import_id": "test_rows_are_listed_by_line_as_they_were_written",
    "ListImportRowsRequest.page_size": "test_pages_of_any_size_are_the_whole_list",
    "ListImportRowsRequest.page_token": "test_pages_of_any_size_are_the_whole_list",
    "ListImportRowsRequest.outcomes": "test_rows_are_filtered",
    "ListImportRowsRequest.code": "test_rows_are_filtered",
    "ListImportRowsRequest.only_with_issues": "test_rows_are_filtered",
    "ListImportRowsRequest.lines": "test_rows_are_filtered",
    "ListImportNoticesRequest.directory": "test_notices_come_in_pages_by_line",
    "ListImportNoticesRequest.import_id": "test_notices_come_in_pages_by_line",
    "ListImportNoticesRequest.page_size": "test_notices_come_in_pages_by_line",
    "ListImportNoticesRequest.page_token": "test_notices_come_in_pages_by_line",
    "ListImportNoticesRequest.state": "test_a_bounce_is_seen_on_user_and_import",
    "DownloadReportRequest.directory": "test_download_report",
    "DownloadReportRequest.import_id": "test_download_report",
    "WatchImportRequest.directory": "test_watch_import",
    "WatchImportRequest.import_id": "test_watch_import",
    "CancelImportRequest.directory": "test_cancel_import",
    "CancelImportRequest.import_id": "test_cancel_import",
    "ApproveImportRequest.directory": "test_approve_import",
    "ApproveImportRequest.import_id": "test_approve_import",
    "ApplyImportRequest.directory": "test_apply_import",
    "ApplyImportRequest.import_id": "test_apply_import",
    "ApplyImportRequest.only_lines": "test_apply_import_chooses",
    "ApplyImportRequest.only_outcomes": "test_apply_import_chooses",
    "ApplyImportRequest.compact_results": "test_apply_import_in_columns",
    "CreateDirectoryRequest.directory": "test_a_new_directory_has_its_two_roles",
    "Directory.name": "test_names_within_the_grammar",
    "Directory.display_name": "test_a_display_name_has_200_characters_at_most_and_no_controls",
    "Directory.default_role": "test_the_default_role_is_what_new_users_get",
    "Directory.seats": "test_seats_run_out_at_a_row_and_updates_go_on",
    "Directory.active_users": "test_what_is_for_answers_alone_is_not_changed",
    "Directory.notices": "test_a_directory_says_what_is_told",
    "Directory.notices_per_minute": "test_a_directory_s_rate_is_kept",
    "Directory.password_min_length": ("test_s57_the_least_length_of_a_password_is_the_directorys"),
    "Directory.sources": "test_a_directory_says_whose_a_source_is",
    "Directory.safeguards": "test_what_is_set_changes_and_the_rest_stays",
    "Safeguards.max_suspended_percent": "test_a_full_sync_suspends_a_fifth_and_no_more",
    "Safeguards.max_suspended": "test_the_lesser_of_percent_and_number_counts",
    "Safeguards.max_email_percent": ("test_per_batch_an_import_stops_at_the_row_that_would_cross"),
    "Safeguards.max_role_percent": "test_per_batch_an_import_stops_at_the_row_that_would_cross",
    "SafeguardLimit.at_most": "test_the_lesser_of_percent_and_number_counts",
    "SafeguardLimit.off": "test_a_safeguard_can_be_switched_off_by_its_name",
    "DeleteDirectoryRequest.directory": "test_a_directory_goes_with_all_that_it_holds",
    "UpdateRoleRequest.directory": _DENIED,
    "UpdateRoleRequest.name": _RENAMED,
    "UpdateRoleRequest.role": _CHANGED,
    "UpdateRoleRequest.update_mask": _CHANGED,
    "DeleteRoleRequest.directory": _DENIED,
    "DeleteRoleRequest.name": _REMOVED,
    "UpdateLocationRequest.directory": _DENIED,
    "UpdateLocationRequest.name": _RENAMED,
    "UpdateLocationRequest.location": _CHANGED,
    "UpdateLocationRequest.update_mask": _CHANGED,
    "DeleteLocationRequest.directory": _DENIED,
    "DeleteLocationRequest.name": _REMOVED,
    "UpdateOrganizationalUnitRequest.directory": _DENIED,
    "UpdateOrganizationalUnitRequest.name": _RENAMED,
    "UpdateOrganizationalUnitRequest.organizational_unit": _RENAMED,
    "UpdateOrganizationalUnitRequest.update_mask": "test_a_unit_s_name_is_all_that_can_be_changed",
    "DeleteOrganizationalUnitRequest.directory": _DENIED,
    "DeleteOrganizationalUnitRequest.name": _REMOVED,
    "UpdateDirectoryRequest.directory": "test_what_is_set_changes_and_the_rest_stays",
    "UpdateDirectoryRequest.update_mask": "test_what_is_set_changes_and_the_rest_stays",
    "GetUserRequest.directory": "test_a_user_of_another_directory_is_not_there",
    "GetUserRequest.user": "test_a_user_must_be_named",
    "UserKey.user_id": _CALLED,
    "UserKey.employee_number": _CALLED,
    "UserKey.email": _CALLED,
    "UserKey.username": _CALLED,
    "ListUserChangesRequest.directory": "test_a_history_is_of_a_user_of_its_directory",
    "ListUserChangesRequest.user": "test_a_history_is_of_a_user_of_its_directory",
    "ListUserChangesRequest.page_size": "test_pages_of_a_history_of_any_size_are_the_whole",
    "ListUserChangesRequest.field": "test_the_changes_of_one_field_are_found_however_far_back",
    "ListUserChangesRequest.page_token": "test_pages_of_a_history_of_any_size_are_the_whole",
    "ListUsersRequest.directory": "test_a_user_of_another_directory_is_not_there",
    "ListUsersRequest.page_size": "test_pages_follow_one_another_under_the_same_conditions",
    "ListUsersRequest.page_token": "test_pages_follow_one_another_under_the_same_conditions",
    "ListUsersRequest.text": "test_a_text_is_how_a_user_s_name_or_number_begins",
    "ListUsersRequest.import_id": (
        "test_users_are_listed_by_the_import_that_brought_or_changed_them"
    ),
    "ListUsersRequest.created_from": "test_users_are_listed_by_when_they_came_and_changed",
    "ListUsersRequest.created_until": "test_users_are_listed_by_when_they_came_and_changed",
    "ListUsersRequest.updated_from": "test_users_are_listed_by_when_they_came_and_changed",
    "ListUsersRequest.updated_until": "test_users_are_listed_by_when_they_came_and_changed",
    "ListUsersRequest.role": _LISTED,
    "ListUsersRequest.location": _LISTED,
    "ListUsersRequest.organizational_unit": _LISTED,
    "ListUsersRequest.status": _LISTED,
    "WriteUserRequest.directory": "test_a_request_without_a_row_or_a_directory_is_refused",
    "WriteUserRequest.request_id": "test_the_same_request_again_is_answered_again",
    "WriteUserRequest.profile": "test_the_rules_are_those_of_a_file",
    "WriteUserRequest.mode": "test_the_mode_is_kept",
    "WriteUserRequest.row": "test_a_request_without_a_row_or_a_directory_is_refused",
    "WriteUserRequest.validate_only": "test_validate_only_writes_nothing",
    "WriteUserRequest.blanks": "test_a_blank_cell_clears_where_that_is_asked_for",
    "SetSourcesRequest.directory": "test_a_missing_user_is_not_found",
    "SetSourcesRequest.user": "test_a_missing_user_is_not_found",
    "SetSourcesRequest.sources": "test_sources_are_set_by_hand",
    "SetLocksRequest.directory": "test_a_missing_user_is_not_found",
    "SetLocksRequest.user": "test_a_missing_user_is_not_found",
    "SetLocksRequest.role": "test_a_locked_role_stays_and_the_rest_is_applied",
    "SetLocksRequest.location": "test_a_locked_location_stays_also_where_one_would_be_made",
    "SetLocksRequest.protected": "test_a_protected_user_keeps_e_mail_username_and_role",
    "SuspendUserRequest.directory": "test_a_missing_user_is_not_found",
    "SuspendUserRequest.user": "test_a_missing_user_is_not_found",
    "ReactivateUserRequest.directory": "test_a_missing_user_is_not_found",
    "ReactivateUserRequest.user": "test_a_missing_user_is_not_found",
    "GetDirectoryRequest.directory": _DENIED,
    "ListDirectoriesRequest.page_size": "test_directories_are_listed_by_name",
    "ListDirectoriesRequest.page_token": "test_directories_are_listed_by_name",
    "CreateRoleRequest.directory": _DENIED,
    "CreateRoleRequest.role": "test_a_text_means_one_role",
    "Role.name": "test_a_text_means_one_role",
    "Role.aliases": "test_a_role_is_meant_by_name_or_alias",
    "Role.privileged": "test_a_role_that_grants_otherwise_is_no_unchanged_one",
    "GetRoleRequest.directory": _DENIED,
    "GetRoleRequest.name": _FOUND,
    "ListRolesRequest.directory": _DENIED,
    "ListRolesRequest.page_size": _PAGE_SIZE,
    "ListRolesRequest.page_token": _PAGES,
    "LoadRolesRequest.directory": _DENIED,
    "LoadRolesRequest.csv": _LOADED,
    "CreateLocationRequest.directory": _DENIED,
    "CreateLocationRequest.location": "test_names_and_codes_mean_one_location",
    "Location.name": "test_a_location_is_meant_by_name_alias_or_code",
    "Location.code": "test_a_location_is_meant_by_name_alias_or_code",
    "Location.aliases": "test_a_location_is_meant_by_name_alias_or_code",
    "GetLocationRequest.directory": _DENIED,
    "GetLocationRequest.name": _FOUND,
    "ListLocationsRequest.directory": _DENIED,
    "ListLocationsRequest.page_size": _PAGE_SIZE,
    "ListLocationsRequest.page_token": _PAGES,
    "LoadLocationsRequest.directory": _DENIED,
    "LoadLocationsRequest.csv": _LOADED,
    "CreateOrganizationalUnitRequest.directory": _DENIED,
    "CreateOrganizationalUnitRequest.organizational_unit": "test_a_unit_must_exist_beforehand",
    "OrganizationalUnit.name": "test_a_unit_must_exist_beforehand",
    "GetOrganizationalUnitRequest.directory": _DENIED,
    "GetOrganizationalUnitRequest.name": _FOUND,
    "ListOrganizationalUnitsRequest.directory": _DENIED,
    "ListOrganizationalUnitsRequest.page_size": _PAGE_SIZE,
    "ListOrganizationalUnitsRequest.page_token": _PAGES,
    "LoadOrganizationalUnitsRequest.directory": _DENIED,
    "LoadOrganizationalUnitsRequest.csv": _LOADED,
    "CreateTokenRequest.token": "test_a_token_opens_what_it_says",
    "CreateSessionRequest.user": "test_a_user_signs_in_by_a_password_and_a_grant",
    "UserLogin.directory": "test_a_user_signs_in_by_a_password_and_a_grant",
    "UserLogin.user": "test_a_user_signs_in_by_a_password_and_a_grant",
    "UserLogin.password": "test_a_login_that_opens_nothing",
    "UserLogin.client": "test_a_client_whose_name_is_too_long_is_refused",
    "Token.for_login": "test_a_user_signs_in_by_a_password_and_a_grant",
    "Token.token_id": "test_a_revoked_token_opens_nothing_any_more",
    "Token.principal": "test_tokens_are_listed_with_whose_they_are",
    "Token.description": "test_tokens_are_listed_with_whose_they_are",
    "Token.scopes": "test_a_token_opens_what_it_says",
    "Token.directories": "test_a_token_opens_what_it_says",
    "Token.all_directories": "test_nobody_gives_more_than_they_have",
    "Token.user": "test_a_token_is_linked_to_a_user",
    "Token.expire_time": "test_a_token_ends_when_it_was_told_to",
    "Token.create_time": "test_a_token_ends_when_it_was_told_to",
    "Token.created_by": "test_tokens_are_listed_with_whose_they_are",
    "Token.revoke_time": "test_a_revoked_token_opens_nothing_any_more",
    "LinkedUser.directory": "test_a_token_is_linked_to_a_user",
    "LinkedUser.user": "test_a_token_is_linked_to_a_user",
    "ListTokensRequest.principal": "test_tokens_are_listed_with_whose_they_are",
    "ListTokensRequest.page_size": "test_tokens_come_in_pages",
    "ListTokensRequest.page_token": "test_tokens_come_in_pages",
    "RevokeTokenRequest.token_id": "test_a_revoked_token_opens_nothing_any_more",
}

_UNSET = "test_what_is_unset_goes_as_the_profile_says"

CHOICES: dict[str, str] = {
    "MODE_UNSPECIFIED": _UNSET,
    "MODE_UPSERT": "test_mode",
    "MODE_CREATE_ONLY": "test_mode",
    "MODE_UPDATE_ONLY": "test_mode",
    "COMMIT_UNSPECIFIED": _UNSET,
    "COMMIT_PER_BATCH": "test_commit_per_batch",
    "COMMIT_WHOLE_FILE": "test_commit_whole_file",
    "COMMIT_NONE": "test_commit_none",
    "BLANKS_UNSPECIFIED": _UNSET,
    "BLANKS_KEEP": "test_blanks",
    "BLANKS_CLEAR": "test_blanks",
    "UNKNOWN_ROLE_UNSPECIFIED": _UNSET,
    "UNKNOWN_ROLE_REJECT": "test_unknown_role",
    "UNKNOWN_ROLE_DEFAULT": "test_unknown_role",
    "UNKNOWN_ROLE_IGNORE_COLUMN": "test_unknown_role",
    "UNKNOWN_LOCATION_UNSPECIFIED": _UNSET,
    "UNKNOWN_LOCATION_REJECT": "test_unknown_place",
    "UNKNOWN_LOCATION_WARN": "test_unknown_place",
    "UNKNOWN_LOCATION_CREATE": "test_unknown_place",
    "UNKNOWN_UNIT_UNSPECIFIED": _UNSET,
    "UNKNOWN_UNIT_REJECT": "test_unknown_place",
    "UNKNOWN_UNIT_WARN": "test_unknown_place",
    "UNKNOWN_UNIT_CREATE": "test_unknown_place",
    "UNKNOWN_COLUMNS_UNSPECIFIED": _UNSET,
    "UNKNOWN_COLUMNS_WARN": "test_unknown_columns",
    "UNKNOWN_COLUMNS_REJECT": "test_unknown_columns",
    "UNKNOWN_COLUMNS_STORE": "test_unknown_columns",
    "FIRST_PASSWORD_UNSPECIFIED": _UNSET,
    "FIRST_PASSWORD_NONE": "test_first_password_none_and_notify_nobody",
    "FIRST_PASSWORD_FROM_FILE": "test_s50_a_new_user_logs_in_by_the_files_password",
    "FIRST_PASSWORD_GENERATE": "test_a_generated_password_is_not_made_by_the_import",
    "NOTIFY_UNSPECIFIED": _UNSET,
    "NOTIFY_NOBODY": "test_first_password_none_and_notify_nobody",
    "NOTIFY_WELCOME_NEW": "test_each_new_user_has_the_mail_once",
    "NOTIFY_INVITE_NEW": "test_each_new_user_has_the_mail_once",
    "NOTIFY_LOGIN_DETAILS": "test_each_new_user_has_the_mail_once",
    "MISSING_USERS_UNSPECIFIED": _UNSET,
    "MISSING_USERS_IGNORE": "test_missing_users",
    "MISSING_USERS_SUSPEND": "test_missing_users",
    "RESULTS_UNSPECIFIED": _UNSET,
    "IDENTITY_UNSPECIFIED": _UNSET,
    "IDENTITY_EMPLOYEE_NUMBER": "test_a_profile_s_identity_may_be_set_back",
    "IDENTITY_USERNAME": "test_another_column_gives_the_number",
    "IDENTITY_EMAIL": "test_another_column_gives_the_number",
    "RESULTS_ALL": "test_results",
    "RESULTS_WITH_ISSUES": "test_results",
    "RESULTS_NONE": "test_results",
    **dict.fromkeys(
        (
            "OUTCOME_UNSPECIFIED",
            "OUTCOME_CREATED",
            "OUTCOME_UPDATED",
            "OUTCOME_UNCHANGED",
            "OUTCOME_FAILED",
            "OUTCOME_NOT_APPLIED",
            "OUTCOME_SUSPENDED",
        ),
        "test_only_outcomes",
    ),
    **dict.fromkeys(
        ("SEVERITY_UNSPECIFIED", "SEVERITY_ERROR", "SEVERITY_WARNING"), "test_list_import_issues"
    ),
    **dict.fromkeys(
        (
            "IMPORT_STATE_UNSPECIFIED",
            "IMPORT_STATE_RUNNING",
            "IMPORT_STATE_COMPLETED",
            "IMPORT_STATE_INTERRUPTED",
            "IMPORT_STATE_STOPPED",
            "IMPORT_STATE_PREVIEWED",
            "IMPORT_STATE_AWAITING_APPROVAL",
            "IMPORT_STATE_CANCELLED",
        ),
        "test_list_imports",
    ),
    **dict.fromkeys(
        (
            "USER_STATUS_UNSPECIFIED",
            "USER_STATUS_ACTIVE",
            "USER_STATUS_SUSPENDED",
            "USER_STATUS_SUSPENDED_BY_SYNC",
        ),
        _LISTED,
    ),
    **dict.fromkeys(
        (
            "NOTICE_EVENT_CREATED",
            "NOTICE_EVENT_UPDATED",
            "NOTICE_EVENT_SUSPENDED",
            "NOTICE_EVENT_REACTIVATED",
        ),
        "test_a_directory_says_what_is_told",
    ),
    **dict.fromkeys(
        (
            "NOTICE_EVENT_RESET_REQUESTED",
            "NOTICE_EVENT_PASSWORD_CHANGED",
            "NOTICE_EVENT_INVITED",
        ),
        "test_some_events_are_none_that_a_directory_hears_of",
    ),
    **dict.fromkeys(
        (
            "INVITATION_KIND_UNSPECIFIED",
            "INVITATION_KIND_LINK",
            "INVITATION_KIND_LOGIN_DETAILS",
        ),
        "test_s55_an_import_that_generates_is_invited_by_login_details",
    ),
    "NOTICE_EVENT_UNSPECIFIED": "test_what_a_directory_tells_is_set_and_changed",
    **dict.fromkeys(
        (
            "NOTICE_STATE_UNSPECIFIED",
            "NOTICE_STATE_PENDING",
            "NOTICE_STATE_SENT",
            "NOTICE_STATE_UNDELIVERABLE",
            "NOTICE_STATE_UNHANDLED",
            "NOTICE_STATE_IN_DOUBT",
            "NOTICE_STATE_EXPIRED",
            "NOTICE_STATE_RESENT",
        ),
        "test_notices_are_listed_by_their_state",
    ),
}

LIMITS: dict[str, str] = {
    "pool_size": "test_connections_are_as_many_as_the_pool_may_have",
    "password_memory_kib": "test_a_cost_below_the_floor_is_refused",
    "password_passes": "test_a_cost_below_the_floor_is_refused",
    "password_lanes": "test_the_default_cost_is_that_of_owasp",
    "max_import_passwords": "test_the_password_beyond_the_quota_fails_its_row",
    "token_days": "test_a_token_ends_when_it_was_told_to",
    "session_hours": "test_a_session_has_the_rights_of_its_token",
    "statement_cache_size": "test_no_statement_is_prepared_where_none_may_be_kept",
    "max_message_bytes": "test_a_message",
    "max_message_bytes_hard": "test_a_message_over_four_mebibytes_is_refused_by_the_core",
    "max_sent_bytes": "test_messages_sent",
    "max_chunk_bytes": "test_a_chunk",
    "max_typed_rows": "test_typed_rows_in_a_message",
    "max_metadata_bytes": "test_metadata_over_its_limit_is_refused_each_time",
    "max_rows": "test_rows",
    "max_record_bytes": "test_a_record",
    "max_header_bytes": "test_a_header",
    "max_columns": "test_columns",
    "max_column_name_bytes": "test_a_columns_name",
    "batch_rows": "test_a_batch_by_rows",
    "batch_bytes": "test_a_batch_by_bytes",
    "batch_wait": "test_a_batch_is_cut_where_the_client_makes_it_wait",
    "batch_wait_busy": "test_a_batch_by_bytes",
    "first_message_wait": "test_no_first_message",
    "message_gap": "test_silence_between_messages",
    "unread_bytes": "test_a_client_that_never_reads_and_has_not_ended",
    "unread_wait": "test_a_client_that_never_reads_and_has_not_ended",
    "shutdown_grace": "test_shutdown_waits_no_longer_than_its_grace",
    "imports_per_principal": "test_imports_at_once",
    "imports_per_process": "test_idle_previews_keep_nobody_out",
    "import_queue_wait": "test_imports_at_once",
    "turn_wait": "test_a_wait_has_an_end",
    "worker_process_from": "test_the_worker_process_is_killed",
    "look_from_rows": "test_a_batch_of_fewer_rows_is_not_looked_at",
    "least_rate": "test_a_file_that_comes_too_slowly",
    "least_rate_over": "test_a_file_that_comes_too_slowly",
    "drain_delay": "test_calls_are_still_taken_while_balancers_notice",
    "new_imports_per_hour": "test_new_imports_in_an_hour",
    "lease": "test_an_import_is_taken_over_when_its_lease_is_over",
    "plugin_timeout": "test_a_plugin_that_hangs",
    "notify_timeout": "test_a_hook_that_hangs_is_given_up_on",
    "notification_poll": "test_what_is_to_wait_is_told_again_and_once",
    "notification_claim": "test_what_a_dead_server_had_claimed_another_tells",
    "notification_hold_after": "test_many_refusals_in_a_row_put_the_others_on_hold",
    "plugin_failures": "test_a_plugin_that_fails_again_and_again",
    "retention_imports": "test_an_import_loses_its_rows_and_then_all",
    "retention_rows": "test_an_import_loses_its_rows_and_then_all",
    "retention_notices": "test_notices_go_once_they_were_settled_long_ago",
    "retention_tokens": "test_tokens_go_once_they_ended_long_ago",
    "sweep_every": "test_a_sweeper_that_is_killed_starts_again",
}

_HOOKS: dict[str, str] = {
    "startup": "test_startup_and_shutdown_are_called_once",
    "shutdown": "test_startup_and_shutdown_are_called_once",
    "map_roles": "test_a_plugin_decides_role_and_location",
    "match_locations": "test_a_plugin_decides_role_and_location",
    "check_users": "test_a_plugin_refuses_a_row",
    "notify": "test_new_users_are_welcomed_and_nobody_else",
}

PROOFS = METHODS | FIELDS | CHOICES | LIMITS | {f"hook {name}": p for name, p in _HOOKS.items()}


def _methods() -> Iterator[str]:
    for file in _FILES:
        for service in file.services_by_name.values():
            for method in service.methods:
                yield f"{service.name}.{method.name}"


def _sent() -> tuple[set[str], set[str]]:
    """Every field that a client may send, and every value of their enums."""
    fields: set[str] = set()
    values: set[str] = set()
    open_messages: list[Descriptor] = [
        method.input_type
        for file in _FILES
        for service in file.services_by_name.values()
        for method in service.methods
    ]
    seen: set[str] = set()
    while open_messages:
        message = open_messages.pop()
        if message.full_name in seen or not message.full_name.startswith("rollbook."):
            continue
        seen.add(message.full_name)
        if message.GetOptions().map_entry:
            continue
        for field in message.fields:
            fields.add(f"{message.name}.{field.name}")
            if field.message_type:
                open_messages.append(field.message_type)
            if field.enum_type:
                values |= _values(field.enum_type)
    return fields, values


def _values(enum: EnumDescriptor) -> set[str]:
    return {value.name for value in enum.values}


def _unproven(there: set[str], table: Mapping[str, str]) -> str:
    """The differences between the contract and the table, for the author of the change."""
    new, gone = sorted(there - table.keys()), sorted(table.keys() - there)
    said = [f"no line in the table: {', '.join(new)}"] if new else []
    return "; ".join([*said, *([f"no longer there: {', '.join(gone)}"] if gone else [])])


def test_every_method_has_a_proof() -> None:
    """Every method has a test."""
    assert not _unproven(set(_methods()), METHODS)


def test_every_field_that_is_sent_has_a_proof() -> None:
    """Every field has a test, also those of nested messages."""
    assert not _unproven(_sent()[0], FIELDS)


def test_every_choice_has_a_proof() -> None:
    """Each value of each enum that a client may send, the unspecified one, too."""
    assert not _unproven(_sent()[1], CHOICES)


def test_every_hook_has_a_proof() -> None:
    """Each hook that a plugin may have."""
    assert not _unproven(set(HOOKS), _HOOKS)


async def _info(peer: Peer) -> GetServerInfoResponse:
    answer: GetServerInfoResponse = await peer.ask(peer.info.GetServerInfo, GetServerInfoRequest())
    return answer


async def test_every_limit_has_a_proof(peer: Peer) -> None:
    """Each limit that the server reports."""
    assert not _unproven({limit.name for limit in (await _info(peer)).limits}, LIMITS)


async def test_server_info_tells_profiles_and_limits(peer: Peer, configured: Peer) -> None:
    """The limits in force and not the defaults; the profiles there are, and what they mean."""
    info = await _info(peer)
    limits = {limit.name: limit.value for limit in info.limits}
    assert limits["new_imports_per_hour"] == 1_000_000
    assert limits["max_rows"] == Settings.model_fields["max_rows"].default
    assert all(limit.description for limit in info.limits)
    assert info.version
    lacking = {NoticeMail.Name(one.mail): list(one.missing) for one in info.mails}
    assert lacking.keys() == set(NoticeMail.keys()[2:])
    assert "ROLLBOOK_PUBLIC_URL" in lacking["NOTICE_MAIL_RESET"]
    assert "ROLLBOOK_CREDENTIAL_SENDER" in lacking["NOTICE_MAIL_LOGIN_DETAILS"]
    (default,) = [profile for profile in info.profiles if profile.name == "default"]
    assert list(default.required_fields) == [
        "employee_number",
        "email",
        "first_name",
        "last_name",
    ]
    assert default.options["mode"] == "UPSERT"
    assert "given name" in next(c.aliases for c in default.columns if c.field == "first_name")
    there = [profile.name for profile in info.profiles]
    added = [profile.name for profile in (await _info(configured)).profiles]
    assert added == sorted([*there, "by-username"])


def test_every_proof_is_there(repository: Path) -> None:
    """A test that is named exists in the tree."""
    there = {
        node.name
        for path in repository.glob("tests/**/test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    named = {*PROOFS.values()}
    assert named <= there, f"no such test: {', '.join(sorted(named - there))}"
