"""Delivers notices to plugins after the COMMIT, and stores what became of each.

worker    claims notices that are due, in a task, and delivers them
delivery  claimed rows → notices for plugins → outcomes, stored
bounces   a mail came back → its notice is undeliverable
holds     many refusals in a row → a queue waits until some are sent
resend    failed notices → new ones, by request
retry     an answer → the notice is settled, or when it is tried again
"""

from rollbook.notifications.holds import Holds
from rollbook.notifications.worker import NotificationWorker, Outage

__all__ = ["Holds", "NotificationWorker", "Outage"]
