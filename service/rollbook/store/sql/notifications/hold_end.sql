-- Ends the hold of the queue $1; answers true if it was on hold.
delete from notice_holds
where queue = $1
returning true
