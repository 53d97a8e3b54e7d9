"""Sends failed notices again, and records that mails came back.

Every method raises RollbookError where the server refuses, and answers the contract's own messages.
"""

from rollbook.client.channel import MOST_ON_A_PAGE, Channel
from rollbook.v1 import notifications_pb2 as v1
from rollbook.v1.notifications_pb2_grpc import NotificationServiceStub


class Notifications:
    """What a caller with `notifications:send` does about notices."""

    def __init__(self, channel: Channel):
        self._channel = channel
        self._calls = NotificationServiceStub(channel.grpc)

    async def record_bounce(
        self, directory: str, notice_id: str, *, status: str, reason: str = ""
    ) -> v1.RecordBounceResponse:
        """Record that a mail came back, with the status and text of the delivery report."""
        request = v1.RecordBounceRequest(
            directory=directory, notice_id=notice_id, status=status, reason=reason
        )
        return await self._channel.ask(self._calls.RecordBounce, request)

    async def resend(
        self, directory: str, wanted: v1.ResendNoticesRequest, *, dry_run: bool = False
    ) -> v1.ResendNoticesResponse:
        """Send again all notices that `wanted` names, or only count them; the sums of all pages.

        If it is broken off, what was sent again stays so, and the same call goes on with the rest.
        """
        request = v1.ResendNoticesRequest()
        request.CopyFrom(wanted)
        request.directory, request.validate_only = directory, dry_run
        request.page_size, request.page_token = MOST_ON_A_PAGE, ""
        total = v1.ResendNoticesResponse()
        while True:
            page = await self._channel.ask(self._calls.ResendNotices, request)
            for field in page.resent.DESCRIPTOR.fields:
                count = getattr(total.resent, field.name) + getattr(page.resent, field.name)
                setattr(total.resent, field.name, count)
            total.too_soon += page.too_soon
            total.user_gone += page.user_gone
            total.has_password += page.has_password
            total.not_active += page.not_active
            if not page.next_page_token:
                return total
            request.page_token = page.next_page_token
