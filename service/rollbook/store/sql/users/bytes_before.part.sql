-- How large the attributes of the users before one are. Attributes alone make users large: a page of
-- them stops in the database, so that a thousand large users are never read for it, but at four times
-- of what a page may be on the wire, and never before its second user: it is cut there, not here.
sum(octet_length(u.attributes::text))
