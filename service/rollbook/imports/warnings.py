"""A job → what there is to know of the import as a whole, beside what its header says."""

from dataclasses import replace

from rollbook.imports.job.job import Job
from rollbook.model import Code, Issue, Notify, Understood


def own_warnings(job: Job) -> tuple[Issue, ...]:
    """The warnings that the import's options earn at this server."""
    if job.options.notify is Notify.NOBODY or job.app.plugins.implement("notify"):
        return ()
    return (
        Issue(
            Code.MAIL_NOT_CONFIGURED,
            "",
            "This import asks for mail, and no plugin of this server sends any: users without a "
            "password are not told how to log in.",
            {"notify": job.options.notify.value},
        ),
    )


def warned(job: Job, understood: Understood) -> Understood:
    """What was understood, with those warnings behind the header's."""
    return replace(understood, warnings=(*understood.warnings, *own_warnings(job)))
