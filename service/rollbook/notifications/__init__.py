"""The courier: notices that were committed → plugins → what became of them.

courier     claim, ask, settle, until told to stop     telling     claimed rows → what plugins see
schedule    an answer → settled, or when again         settling    what became of them, stored
"""

from rollbook.notifications.worker import NotificationWorker

__all__ = ["NotificationWorker"]
