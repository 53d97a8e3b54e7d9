"""Delivers notices to plugins after the COMMIT, and stores what became of each.

worker    claims notices that are due, in a task, and delivers them
delivery  claimed rows → notices for plugins → outcomes, stored
retry     an answer → the notice is settled, or when it is tried again
"""

from rollbook.notifications.worker import NotificationWorker

__all__ = ["NotificationWorker"]
